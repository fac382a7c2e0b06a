"""One plug-in and the thread that calls it, so that nothing of ours ever waits for it long.

Whoever tells waits a moment, and so a plug-in that answers in time is called in the order of
what happens. One that hangs is waited for once: what happens meanwhile is kept for it, up to a
bound, and told when it comes back.
"""

import queue
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog
from django.db import close_old_connections

log = structlog.get_logger(__name__)

# Worth a line in the log; and so long one waits for a plug-in before one goes on without it.
SLOW_S, PATIENCE_S = 0.5, 2.0
KEPT = 1_000
# The thread ends when so long nothing has happened.
IDLE_S = 10.0

T = TypeVar("T")


class Listener(Generic[T]):
    """Calls `plugin` with one thing after the other. `path` is its name in the log."""

    def __init__(self, path: str, plugin: Callable[[T], None]) -> None:
        self.path, self.plugin = path, plugin
        self._due: queue.Queue[tuple[T, threading.Event]] = queue.Queue(KEPT)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._late = False

    def tell(self, what: T) -> None:
        """Have it called with `what`. Never raises, and waits for PATIENCE_S at most."""
        done = threading.Event()
        try:
            with self._lock:
                self._due.put_nowait((what, done))
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(
                        target=self._work, name=f"plugin {self.path}", daemon=True
                    )
                    self._thread.start()
        except queue.Full:
            log.warning("plugin.deaf", plugin=self.path, untold=str(what)[:300])
            return
        if not self._late and not done.wait(PATIENCE_S):
            self._late = True
            log.warning("plugin.hangs", plugin=self.path, seconds=PATIENCE_S)

    def _work(self) -> None:
        while True:
            try:
                what, done = self._due.get(timeout=IDLE_S)
            except queue.Empty:
                with self._lock:
                    if self._due.empty():
                        self._thread = None
                        return
                continue
            self._call(what)
            if self._due.empty():
                self._late = False
            done.set()

    def _call(self, what: T) -> None:
        began = time.monotonic()
        try:
            self.plugin(what)
        except (Exception, SystemExit):
            log.exception("plugin.broke", plugin=self.path, what=str(what)[:300])
        finally:
            close_old_connections()
        if (took := time.monotonic() - began) > SLOW_S:
            log.warning("plugin.slow", plugin=self.path, seconds=took)
