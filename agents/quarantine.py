"""A process of its own for a run that may be poison.

When a worker dies, nobody knows which of the runs it held was to blame. So the last try
before quarantine is made apart: if that process dies too, it was this run; if it was a
neighbour's fault, the run gets through.
"""

import os
import subprocess
import sys
import threading
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection

from agents.keeper import keeper
from agents.models import Run

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.2
# The child puts its run back when it is told to stop.
GRACE_S = 10.0

# One at a time: a process weighs some 80 MB, and there are seldom several.
_one_at_a_time = threading.Lock()


def drive_suspect() -> bool:
    """Drive the oldest suspect in a child process and wait for it.

    False when there is none, or when the child died or could not even begin; whoever looks
    next may try again.
    """
    if not _one_at_a_time.acquire(blocking=False):
        return False
    try:
        suspects = Run.objects.claimable().suspects().order_by("created_at")
        run_id = suspects.values_list("pk", flat=True).first()
        if run_id is None:
            return False
        if not connection.in_atomic_block:
            connection.close()
        return _wait_for(_start(run_id)) == 0
    finally:
        _one_at_a_time.release()


def _start(run_id: UUID) -> "subprocess.Popen[bytes]":
    log.warning("run.suspected", run=str(run_id))
    manage = str(settings.BASE_DIR / "manage.py")
    command = [sys.executable, manage, "drive", str(run_id), "--parent", str(os.getpid())]
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
