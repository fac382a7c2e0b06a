"""Keeps the leases of the jobs that this process has, and stops those that shall not go on."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog
from django.db import close_old_connections, connection

from modules.language.cancel import CancelToken
from modules.models import Job
from modules.running import leases

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.5

Claim = tuple[UUID, int]


class Keeper:
    """One thread for a process; it sleeps while there is no job."""

    def __init__(self) -> None:
        self._held: dict[Claim, CancelToken] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._renewed = 0.0
        self.stopping = False

    @contextmanager
    def holding(self, job: Job) -> Iterator[CancelToken]:
        """Keep the lease of `job` while the block lasts."""
        claim, cancel = (job.pk, job.token), CancelToken()
        with self._lock:
            self._held[claim] = cancel
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, name="jobs", daemon=True)
                self._thread.start()
        if self.stopping:
            cancel.cancel()
        self._wake.set()
        try:
            yield cancel
        finally:
            with self._lock:
                self._held.pop(claim, None)

    @property
    def count(self) -> int:
        return len(self._held)

    def stop_all(self) -> None:
        """Cut off what is under way: the process ends. The jobs are put back."""
        self.stopping = True
        with self._lock:
            for cancel in self._held.values():
                cancel.cancel()

    def _watch(self) -> None:
        while True:
            try:
                self._wake.clear()
                if not self._held:
                    self._wake.wait()
                time.sleep(LOOK_EVERY_S)
                self.look()
                close_old_connections()
            except Exception as error:
                # Leases may run out meanwhile, and then others take over.
                log.warning("jobs.keeper_failed", error=type(error).__name__)
                connection.close()

    def look(self) -> None:
        """Extend the leases that are due, and cut off what is no longer ours."""
        with self._lock:
            held = dict(self._held)
        if not held:
            return
        if time.monotonic() - self._renewed >= leases.RENEW_EVERY.total_seconds():
            leases.renew([job_id for job_id, _ in held])
            self._renewed = time.monotonic()
        ours = set(
            Job.objects.filter(
                pk__in={job for job, _ in held}, state=Job.State.RUNNING
            ).values_list("pk", "token")
        )
        for claim, cancel in held.items():
            if claim not in ours:
                cancel.cancel()


keeper = Keeper()
