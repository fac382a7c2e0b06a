"""Words of a model on their way to whoever is watching. Never stored, never waited for."""

import time

from agents.models import Run
from core.publishing import publish
from modules.language.types import Event, TextDelta

EVERY_S = 0.1


class StreamToRun:
    """Gathers what the model says and publishes it a few times a second."""

    def __init__(self, run: Run) -> None:
        self.group = f"agent.{run.agent_id}"
        self.run = str(run.pk)
        self.words: list[str] = []
        self.sent = 0.0

    def __call__(self, event: Event) -> None:
        if not isinstance(event, TextDelta):
            return
        self.words.append(event.text)
        now = time.monotonic()
        if now - self.sent >= EVERY_S:
            self.sent = now
            message = {"type": "agent.words", "run": self.run, "text": "".join(self.words)}
            publish(self.group, message)
