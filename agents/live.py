"""What goes on in a run, on its way to whoever is watching. Never stored, never waited for."""

import time
from functools import partial

from django.db import transaction

from agents.models import Run, Step
from core.publishing import publish
from modules.language.types import Event, Restarted, TextDelta

EVERY_S = 0.1


def thread_group(thread: object) -> str:
    """The channel group of those who follow one conversation."""
    return f"thread.{thread}"


def announce(run: Run, step: Step) -> None:
    """Say that a step is there, or that its receipt is, as soon as it is committed.

    Most steps change nothing but the run itself, so the log does not mention them.
    """
    message = {
        "type": "agent.step",
        "run": str(run.pk),
        "index": step.index,
        "state": str(step.state),
    }
    groups = [f"agent.{run.agent_id}"]
    if run.thread:
        groups.append(thread_group(run.thread))
    for group in groups:
        transaction.on_commit(partial(publish, group, message), robust=True)


class StreamToRun:
    """Gathers what the model says and publishes it a few times a second."""

    def __init__(self, run: Run) -> None:
        self.group = f"agent.{run.agent_id}"
        self.run = str(run.pk)
        self.words: list[str] = []
        self.sent = 0.0

    def __call__(self, event: Event) -> None:
        if isinstance(event, Restarted):
            self.words.clear()
        if not isinstance(event, TextDelta):
            return
        self.words.append(event.text)
        now = time.monotonic()
        if now - self.sent >= EVERY_S:
            self.sent = now
            message = {"type": "agent.words", "run": self.run, "text": "".join(self.words)}
            publish(self.group, message)
