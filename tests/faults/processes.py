"""Workers that are forked, so that a death costs no start."""

import ctypes
import os
import signal
from collections.abc import Callable
from typing import Any

from django.db import connections

from core import background

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def die_with_parent() -> None:
    """Let this process be killed when the one that started it ends, even one that stands still."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def begin(work: Callable[..., None], *arguments: Any) -> int:
    """Let a child do it, with connections of its own. Returns its process id."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        die_with_parent()
        background._loop = None  # its thread has stayed behind
        try:
            work(*arguments)
        finally:
            os._exit(0)
    return child


def fork(work: Callable[..., None], *arguments: Any) -> None:
    """Let a child do it, and wait for its end."""
    os.waitpid(begin(work, *arguments), 0)


def drive(run_id: Any, point: str, occurrence: int) -> None:
    """Take the run and drive it; kill -9 at the point if one is named."""
    from agents import leases, loop  # as they are watched
    from tests.faults.rig import points

    points.fit(f"{point}:{occurrence}" if point else "")
    run = leases.claim(only=run_id)
    if run is not None:
        loop.drive(run)
