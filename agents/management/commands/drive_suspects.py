"""``manage.py drive_suspects``: runs that may kill their process, one at a time in this one."""

import ctypes
import os
import signal
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from agents.keeper import keeper
from agents.leases import LEASE, claim
from agents.loop import drive
from agents.models import Run

_PR_SET_PDEATHSIG = 1
_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


class Command(BaseCommand):
    help = (
        "Let each run that may have taken workers down take one step, one after the other, until "
        "none is left. Workers start this, so that a run that ends this process as well is known "
        "to be the one to put in quarantine; a step clears a run, and the workers go on with it."
    )

    # They would load every address of the house; whoever started this has made them.
    requires_system_checks = ()

    # By the clock of this process; none while the worker that started it lives.
    _until: float | None = None

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--parent", type=int, help="end soon after this process has")

    def handle(self, *, parent: int | None, **options: Any) -> None:
        # Waited for by a thread: a handler would interrupt this one, which may hold the very
        # lock that the handler needs.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        threading.Thread(target=self._obey, name="signals", daemon=True).start()
        if parent is not None:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGHUP)
            if os.getppid() != parent:  # it died before the line above
                self._outlive()
        while not keeper.stopping and (self._until is None or time.monotonic() < self._until):
            run = claim(among=Run.objects.suspects().claimable())
            if run is None:
                return
            drive(run, steps=1)

    def _obey(self) -> None:
        while True:
            if signal.sigwait(_SIGNALS) == signal.SIGHUP:
                self._outlive()
            else:
                keeper.stop_all()

    def _outlive(self) -> None:
        """The worker is gone. Where workers die faster than this starts, suspects would never
        have their turn: so it goes on without, as long as a lost run waits at most."""
        self._until = time.monotonic() + LEASE.total_seconds()
