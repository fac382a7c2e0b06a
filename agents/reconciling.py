"""What is looked for every few seconds, because a message or a worker may be lost at any time.

One run that cannot be helped must not keep the others from it.
"""

from collections.abc import Callable
from datetime import timedelta

import structlog
from django.conf import settings

from agents import runs
from agents.models import Run
from agents.persistence import PASSING
from core.clock import from_now
from core.queueing import enqueue

PICK_UP_WITHIN = timedelta(seconds=5)
AT_MOST = 200

log = structlog.get_logger(__name__)


def reconcile() -> int:
    """Find runs that were never picked up, that lost their worker, or that may go on.

    Returns how many there were.
    """
    found = 0
    expired = Run.objects.expired().select_related("agent__actor", "workspace", "task")
    for run in list(expired.order_by("lease_expires_at")[:AT_MOST]):
        found += _one(runs.take_back, run)
    waiting = Run.objects.to_resume().order_by("resume_at").values_list("pk", flat=True)
    for run_id in list(waiting[:AT_MOST]):
        found += _one(runs.resume_run, run_id)
    claimable = Run.objects.claimable().filter(enqueued_at__lt=from_now(-PICK_UP_WITHIN))
    forgotten = len(claimable.values_list("pk", flat=True)[: settings.WORKER_THREADS])
    for _ in range(forgotten):
        enqueue("agents.jobs.work")
    return found + forgotten


def _one(help_it: Callable[..., bool], *args: object) -> bool:
    try:
        return help_it(*args)
    except PASSING:
        raise
    except Exception:
        log.exception("run.cannot_be_helped", run=str(args[0]))
        return False
