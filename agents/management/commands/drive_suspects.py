"""``manage.py drive_suspects``: runs that may kill their process, one at a time in this one."""

import ctypes
import os
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from agents.keeper import keeper
from agents.leases import claim
from agents.loop import drive
from agents.models import Run

_PR_SET_PDEATHSIG = 1
_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


class Command(BaseCommand):
    help = (
        "Drive the runs that may have taken workers down, one after the other, until none is "
        "left. Workers start this, so that a run that ends this process as well is known to "
        "be the one to put in quarantine."
    )

    # They would load every address of the house; whoever started this has made them.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--parent", type=int, help="go on only while this process lives")

    def handle(self, *, parent: int | None, **options: Any) -> None:
        # Waited for by a thread: a handler would interrupt this one, which may hold the very
        # lock that the handler needs.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        threading.Thread(target=_obey, name="signals", daemon=True).start()
        if parent is not None:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGHUP)
            if os.getppid() != parent:  # it died before the line above
                return
        while not keeper.stopping:
            run = claim(among=Run.objects.suspects().claimable())
            if run is None:
                return
            drive(run)


def _obey() -> None:
    while True:
        if signal.sigwait(_SIGNALS) == signal.SIGHUP:
            # The worker is gone. A step that was paid for is kept; and it clears the run.
            keeper.stop_after_step()
        else:
            keeper.stop_all()
