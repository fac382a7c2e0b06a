"""The one way to wake a worker.

A message is only a hint: the wish it carries is already a row. So a broker that is down
costs time, never work, and the request that made the row does not fail for it.
"""

import time
from functools import partial
from typing import Any

import structlog
from celery import current_app
from django.db import transaction

log = structlog.get_logger(__name__)

# After a failure nobody else in this process waits for the same broker for so long.
SPARE_S = 2.0

_spared_until = 0.0


def enqueue(job: str, *args: Any) -> None:
    """Send the job of that name to a worker once the current transaction has committed.

    By name, so that verbs need not import the jobs that call them.
    """
    transaction.on_commit(partial(_send, job, args), robust=True)


def _send(job: str, args: tuple[Any, ...]) -> None:
    global _spared_until
    if time.monotonic() < _spared_until:
        return
    try:
        current_app.send_task(job, args=args, retry=False)
    except Exception as error:  # any transport has its own; the reconciler makes up for all
        _spared_until = time.monotonic() + SPARE_S
        log.warning("queue.unreachable", job=job, error=type(error).__name__)
