"""What is looked for every few seconds, because a message or a worker may be lost at any time."""

from datetime import timedelta

import structlog
from django.conf import settings

from core.clock import from_now
from core.queueing import enqueue
from modules.models import Job
from modules.running.actions import take_back

log = structlog.get_logger(__name__)

PICK_UP_WITHIN = timedelta(seconds=3)
AT_MOST = 100


def reconcile() -> int:
    """Save jobs that lost their worker; wake a worker for those that nobody took. How many."""
    found = 0
    expired = Job.objects.expired().select_related("workspace", "actor", "task", "agent", "run")
    for job in list(expired.order_by("lease_expires_at")[:AT_MOST]):
        try:
            found += take_back(job)
        except Exception:
            log.exception("job.cannot_be_helped", job=str(job.pk))
    waiting = Job.objects.claimable().filter(enqueued_at__lt=from_now(-PICK_UP_WITHIN))
    forgotten = len(waiting.values_list("pk", flat=True)[: settings.WORKER_THREADS])
    for _ in range(forgotten):
        enqueue("modules.jobs.work")
    return found + forgotten
