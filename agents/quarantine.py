"""A process of its own for a run that may be poison.

When a worker dies, nobody knows which of the runs it held was to blame. So the last try
before quarantine is made apart: if that process dies too, it was this run; if it was a
neighbour's fault, the run gets through.
"""

import os
import subprocess
import sys
import threading

import structlog
from django.conf import settings
from django.db import connection

from agents.keeper import keeper
from agents.models import Run
from core.queueing import enqueue

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.2
# The child puts its run back when it is told to stop.
GRACE_S = 10.0

# One at a time: a process weighs some 80 MB, and there are seldom several.
_one_at_a_time = threading.Lock()


def drive_suspects() -> bool:
    """Drive the suspects one after the other in a child process, and wait for it.

    False when there is none, or when the child died or could not even begin; whoever looks
    next may try again.
    """
    if not _one_at_a_time.acquire(blocking=False):
        return False
    try:
        count = Run.objects.claimable().suspects().count()
        if not count:
            return False
        log.warning("run.suspected", count=count)
        # This thread is busy from here on; another may go on with the rest.
        enqueue("agents.jobs.work")
        if not connection.in_atomic_block:
            connection.close()
        return _wait_for(_start()) == 0
    finally:
        _one_at_a_time.release()


def _start() -> "subprocess.Popen[bytes]":
    manage = str(settings.BASE_DIR / "manage.py")
    command = [sys.executable, manage, "drive_suspects", "--parent", str(os.getpid())]
    # A group of its own: Ctrl-C reaches this process alone, which then asks in order.
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)


def _wait_for(child: "subprocess.Popen[bytes]") -> int:
    while not keeper.stopping:
        try:
            return child.wait(LOOK_EVERY_S)
        except subprocess.TimeoutExpired:
            continue
    child.terminate()
    try:
        return child.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()
