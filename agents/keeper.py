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
from django.db import close_old_connections

from agents import leases
from agents.models import Run
from agents.persistence import let_go
from modules.language.cancel import CancelToken

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.5

# A claim, not a run: after a long stall this process may hold a run anew while the thread
# of its old claim still winds down, and neither must end the other's lease.
Claim = tuple[UUID, int]


class Keeper:
    """The runs that this process holds, each with what stops its model call."""

    def __init__(self) -> None:
        self._held: dict[Claim, CancelToken] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._renewed = 0.0
        self.stopping = False

    @contextmanager
    def holding(self, run: Run) -> Iterator[CancelToken]:
        """Keep the lease of `run` while the block lasts."""
        claim, cancel = (run.pk, run.token), CancelToken()
        with self._lock:
            self._held[claim] = cancel
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, name="keeper", daemon=True)
                self._thread.start()
        if self.stopping:  # told to stop between the claim and now
            cancel.cancel()
        self._wake.set()
        try:
            yield cancel
        finally:
            with self._lock:
                self._held.pop(claim, None)

    @property
    def count(self) -> int:
        """How many runs this process holds."""
        return len(self._held)

    def stop_after_step(self) -> None:
        """Let what is under way be finished and saved; the runs are put back after it."""
        self.stopping = True

    def stop_all(self) -> None:
        """Cut off every model call: the process is about to end. The runs are put back."""
        self.stopping = True
        with self._lock:
            for cancel in self._held.values():
                cancel.cancel()

    def _watch(self) -> None:
        while True:
            # Whatever goes wrong in here, the thread goes on: every run held depends on it.
            try:
                self._wait_for_work()
                time.sleep(LOOK_EVERY_S)
                self.look()
                close_old_connections()
            except Exception as error:
                # The database is away; leases may run out meanwhile, and then others take over.
                log.warning("keeper.failed", error=type(error).__name__)
                let_go()

    def _wait_for_work(self) -> None:
        """An idle process asks the database nothing."""
        # Cleared before the look: a run that comes in between must find it set afterwards.
        self._wake.clear()
        if not self._held:
            self._wake.wait()

    def look(self) -> None:
        """Extend the leases that are due, and cut off what is no longer ours."""
        with self._lock:
            held = dict(self._held)
        if not held:
            return
        if time.monotonic() - self._renewed >= leases.RENEW_EVERY.total_seconds():
            leases.renew([run_id for run_id, _ in held])
            self._renewed = time.monotonic()
        ours = set(
            Run.objects.allowed()
            .filter(pk__in={run_id for run_id, _ in held}, state=Run.State.RUNNING)
            .values_list("pk", "token")
        )
        for claim, cancel in held.items():
            if claim not in ours:
                cancel.cancel()


keeper = Keeper()
