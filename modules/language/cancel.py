"""Ending a call from another thread, at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from modules.language.types import Usage


class Cancelled(Exception):
    """The call was ended from outside. `usage` is what it is likely to have cost by then."""

    def __init__(self, usage: Usage | None = None) -> None:
        super().__init__("cancelled")
        self.usage = usage or Usage(0, 0)


class CancelToken:
    """Held by whoever may end a call; the call listens to it."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], object]] = []

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def cancel(self) -> None:
        """End what listens. May be called from any thread, and more than once."""
        with self._lock:
            self._event.set()
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until cancelled; says which."""
        return self._event.wait(seconds)

    @contextmanager
    def listening(self, listener: Callable[[], object]) -> Iterator[None]:
        """Call `listener` on cancellation while inside; at once when that has been."""
        with self._lock:
            self._listeners.append(listener)
        try:
            if self.cancelled:
                listener()
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)

    @contextmanager
    def governing(self) -> Iterator[None]:
        """Have `check_current` ask this token while inside, in this thread."""
        before = _current.set(self)
        try:
            yield
        finally:
            _current.reset(before)


_current: ContextVar[CancelToken | None] = ContextVar("cancel", default=None)


def check_current() -> None:
    """Raise Cancelled when what this thread works for shall not go on."""
    token = _current.get()
    if token is not None and token.cancelled:
        raise Cancelled
