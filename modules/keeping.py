"""Keeps the leases of what this process has in hand, and stops what should no longer go on.

One thread for each kind of work: twice a second it asks the database which of the claims held
here are still ours. What was cancelled, paused or taken over has its model call cut off at
once, so that "stop" stops within a second.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import structlog
from django.db import close_old_connections

from core.connections import let_go
from modules.language.cancel import CancelToken

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.5

# A claim, not a row: after a long stall this process may hold a row anew while the thread of
# its old claim still winds down, and neither must end the other's lease.
Claim = tuple[UUID, int]


class Claimed(Protocol):
    """A row with a fencing token."""

    @property
    def pk(self) -> UUID: ...
    @property
    def token(self) -> int: ...


class LeaseKeeper(ABC):
    """The rows of one kind that this process holds, each with what stops its model call."""

    name: str

    def __init__(self) -> None:
        self._held: dict[Claim, CancelToken] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._renewed = 0.0
        self.stopping = False

    @property
    @abstractmethod
    def renew_every(self) -> timedelta:
        """How often leases are extended."""

    @abstractmethod
    def renew(self, keys: list[UUID]) -> object:
        """Extend the leases of these rows that are ours."""

    @abstractmethod
    def still_ours(self, keys: Collection[UUID]) -> set[Claim]:
        """The claims on these rows that hold, and that may go on."""

    @contextmanager
    def holding(self, row: Claimed) -> Iterator[CancelToken]:
        """Keep the lease of `row` while the block lasts."""
        claim, cancel = (row.pk, row.token), CancelToken()
        with self._lock:
            self._held[claim] = cancel
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, name=self.name, daemon=True)
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
        """How many rows this process holds."""
        return len(self._held)

    def stop_all(self) -> None:
        """Cut off every model call: the process is about to end. The rows are put back."""
        self.stopping = True
        with self._lock:
            for cancel in self._held.values():
                cancel.cancel()

    def _watch(self) -> None:
        while True:
            # Whatever goes wrong in here, the thread goes on: everything held depends on it.
            try:
                self._wait_for_work()
                time.sleep(LOOK_EVERY_S)
                self.look()
                close_old_connections()
            except Exception as error:
                # The database is away; leases may run out meanwhile, and then others take over.
                log.warning("keeper.failed", keeper=self.name, error=type(error).__name__)
                let_go()

    def _wait_for_work(self) -> None:
        """An idle process asks the database nothing."""
        # Cleared before the look: what comes in between must find it set afterwards.
        self._wake.clear()
        if not self._held:
            self._wake.wait()

    def look(self) -> None:
        """Extend the leases that are due, and cut off what is no longer ours."""
        with self._lock:
            held = dict(self._held)
        if not held:
            return
        if time.monotonic() - self._renewed >= self.renew_every.total_seconds():
            self.renew([key for key, _ in held])
            self._renewed = time.monotonic()
        ours = self.still_ours({key for key, _ in held})
        for claim, cancel in held.items():
            if claim not in ours:
                cancel.cancel()
