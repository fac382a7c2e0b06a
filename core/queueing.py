"""The one way to wake a worker.

A message is only a hint: the wish it carries is already a row. So a broker that is down
costs time, never work, and the request that made the row does not fail for it.
"""

from functools import partial
from typing import Any

import structlog
from celery import Task
from django.db import transaction

log = structlog.get_logger(__name__)


def enqueue(job: Task, *args: Any, countdown: float | None = None) -> None:
    """Send `job` to a worker once the current transaction has committed."""
    transaction.on_commit(partial(_send, job, args, countdown), robust=True)


def _send(job: Task, args: tuple[Any, ...], countdown: float | None) -> None:
    try:
        job.apply_async(args=args, countdown=countdown, retry=False)
    except Exception as error:  # any transport has its own; the reconciler makes up for all
        log.warning("queue.unreachable", job=job.name, error=type(error).__name__)
