"""``manage.py drive``: one run, alone in this process."""

import ctypes
import os
import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand

from agents import leases, loop
from agents.keeper import keeper

_PR_SET_PDEATHSIG = 1


class Command(BaseCommand):
    help = (
        "Claim a queued run and drive it to its end, alone in this process. Workers start this "
        "for a run that may have taken others down, before they put it in quarantine."
    )

    # They would load every address of the house; whoever started this has made them.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=UUID, help="the run's id")
        parser.add_argument("--parent", type=int, help="end when this process does")

    def handle(self, *, run: UUID, parent: int | None, **options: Any) -> None:
        signal.signal(signal.SIGTERM, _put_back)
        signal.signal(signal.SIGINT, _put_back)
        if parent is not None:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it died before the line above
                return
        claimed = leases.claim(only=run)
        if claimed is not None:
            loop.drive(claimed)


def _put_back(number: int, frame: FrameType | None) -> None:
    keeper.stop_all()
