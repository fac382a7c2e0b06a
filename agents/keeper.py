"""Keeps the leases of this process alive, and stops what should no longer run.

One thread per process: twice a second it asks the database which of the runs held here
are still ours. A run that was cancelled, paused or taken over has its model call cut off
at once, so that "stop" stops within a second.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog
from django.db import close_old_connections, connection

from agents import leases
from agents.models import Run
from modules.language.cancel import CancelToken

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.5


class Keeper:
    """The runs that this process holds, each with what stops its model call."""

    def __init__(self) -> None:
        self._held: dict[UUID, tuple[int, CancelToken]] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self.stopping = False

    @contextmanager
    def holding(self, run: Run) -> Iterator[CancelToken]:
        """Keep the lease of `run` while the block lasts."""
        cancel = CancelToken()
        with self._lock:
            self._held[run.pk] = (run.token, cancel)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, name="keeper", daemon=True)
                self._thread.start()
        self._wake.set()
        try:
            yield cancel
        finally:
            with self._lock:
                self._held.pop(run.pk, None)

    @property
    def count(self) -> int:
        """How many runs this process holds."""
        return len(self._held)

    def stop_all(self) -> None:
        """Cut off every model call: the process is about to end. The runs are put back."""
        self.stopping = True
        with self._lock:
            for _, cancel in self._held.values():
                cancel.cancel()

    def _watch(self) -> None:
        renewed = time.monotonic()
        while True:
            if not self._held:
                # An idle process asks the database nothing.
                self._wake.clear()
                self._wake.wait()
            time.sleep(LOOK_EVERY_S)
            try:
                self._look()
                if time.monotonic() - renewed >= leases.RENEW_EVERY.total_seconds():
                    leases.renew(list(self._held))
                    renewed = time.monotonic()
            except Exception as error:
                # The database is away; leases may run out meanwhile, and then others take over.
                log.warning("keeper.failed", error=type(error).__name__)
                connection.close()
            close_old_connections()

    def _look(self) -> None:
        with self._lock:
            held = dict(self._held)
        if not held:
            return
        ours = dict(
            Run.objects.filter(pk__in=held, state=Run.State.RUNNING).values_list("pk", "token")
        )
        for run_id, (token, cancel) in held.items():
            if ours.get(run_id) != token:
                cancel.cancel()


keeper = Keeper()
