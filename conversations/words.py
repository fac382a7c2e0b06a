"""An agent's words on their way to the screen, while the model still speaks.

The first go out at once, those that follow some twenty times a second, each with its place
in the text. What was said so far is kept in the cache for pages that come back; it is a
hint like the rest: the stored turn replaces it.
"""

import itertools
import threading
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from agents.live import thread_group
from agents.models import Run
from core.publishing import publish
from modules.language.types import Event, Finished, Restarted, TextDelta

EVERY_S = 0.05
KEPT_S = 3600

_streams = itertools.count(1)


@dataclass(frozen=True)
class SoFar:
    """What a model has said of the step it is at. A higher `take` voids all lower ones."""

    take: int
    step: int
    text: str


def so_far(turn_id: object) -> SoFar | None:
    """The words of a turn under way, if any have come."""
    kept = cache.get(_key(turn_id))
    return SoFar(*kept) if kept else None


def forget(turn_id: object) -> None:
    """The turn is stored: its words are needed no longer."""
    cache.delete(_key(turn_id))


def chunk(turn_id: object, take: int, step: int, offset: int, text: str) -> dict[str, Any]:
    """Some words as they go out. `offset` counts the characters (code points) before them."""
    return {
        "type": "thread.chunk",
        "turn": str(turn_id),
        "take": take,
        "step": step,
        "offset": offset,
        "end": offset + len(text),
        "text": text,
    }


class Words:
    """Hears the model for one turn, and passes on what it says."""

    def __init__(self, run: Run, step: int) -> None:
        self.turn = run.subject["turn"]
        self.group = thread_group(run.thread)
        self.token = run.token
        self.step = step
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        # The claim counts first: a worker that lost the run never drowns out its successor.
        self.take = self.token * 1_000_000 + next(_streams) % 1_000_000
        self.pieces: list[str] = []
        self.sent = 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, TextDelta):
            with self._lock:
                first = not self.pieces
                self.pieces.append(event.text)
            if first:
                self.flush()
            else:
                _pace.soon(self)
        elif isinstance(event, Restarted):
            with self._lock:
                self._begin()
                self._send("", 0)
        elif isinstance(event, Finished):
            self.flush()

    def flush(self) -> None:
        """Send what has come since the last time."""
        with self._lock:
            text = "".join(self.pieces)
            if len(text) > self.sent:
                offset, self.sent = self.sent, len(text)
                self._send(text, offset)

    def _send(self, text: str, offset: int) -> None:
        # Kept first: whoever joins in between reads there what is about to go out.
        cache.set(_key(self.turn), (self.take, self.step, text), KEPT_S)
        publish(self.group, chunk(self.turn, self.take, self.step, offset, text[offset:]))


class _Pace:
    """One thread that sends what has gathered in every stream of this process."""

    def __init__(self) -> None:
        self._due: set[Words] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def soon(self, words: Words) -> None:
        with self._lock:
            self._due.add(words)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="words", daemon=True)
                self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            # Words gather meanwhile; an idle process sleeps above.
            threading.Event().wait(EVERY_S)
            self._wake.clear()
            with self._lock:
                due, self._due = self._due, set()
            for words in due:
                words.flush()


_pace = _Pace()


def _key(turn_id: object) -> str:
    return f"words:{turn_id}"
