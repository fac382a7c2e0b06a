"""Who has a job, by the database's clock; as agents/leases.py does it for runs.

A claim raises the job's fencing token and begins a lease. Whatever is written later names the
token, so that a worker which stalled past its lease can do no harm when it wakes.
"""

import os
import secrets
import socket
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from core.clock import Now, from_now
from modules.models import Job
from modules.models.jobs import JobQuerySet

LEASE = timedelta(seconds=30)
RENEW_EVERY = timedelta(seconds=10)
OWNER = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


class LeaseLost(Exception):
    """The job was cancelled, or another worker has it now."""


def claim(*, only: UUID | None = None, owner: str = OWNER) -> Job | None:
    """Take the oldest job that is there to be taken, or that one."""
    jobs = Job.objects.claimable().order_by("created_at")
    jobs = jobs.filter(pk=only) if only else jobs
    if not jobs.exists():
        return None
    with transaction.atomic():
        job_id = (
            jobs.select_for_update(skip_locked=True, no_key=True, of=("self",))
            .values_list("pk", flat=True)
            .first()
        )
        if job_id is None:
            return None
        claimed = Job.objects.filter(pk=job_id, state=Job.State.QUEUED).update(
            state=Job.State.RUNNING,
            token=F("token") + 1,
            attempts=F("attempts") + 1,
            lease_owner=owner,
            lease_expires_at=from_now(LEASE),
            started_at=Coalesce("started_at", Now()),
            not_before=None,
            progress=0,
            progress_words="",
            error="",
            error_code="",
        )
        if not claimed:
            return None
    return Job.objects.select_related("workspace", "actor__workspace", "model").get(pk=job_id)


def fence(job: Job) -> None:
    """Make sure, first thing in a transaction, that this claim still holds. Raises LeaseLost."""
    if not held(job).update(token=job.token):
        raise LeaseLost(f"{job} is no longer ours (token {job.token})")


def held(job: Job) -> JobQuerySet:
    """The row, as long as this claim of it holds."""
    return Job.objects.filter(pk=job.pk, token=job.token, state=Job.State.RUNNING)


def renew(job_ids: list[UUID], *, owner: str = OWNER) -> int:
    """Extend the leases of the jobs that this process has, one after the other."""
    mine = Job.objects.filter(lease_owner=owner, state=Job.State.RUNNING)
    return sum(mine.filter(pk=key).update(lease_expires_at=from_now(LEASE)) for key in job_ids)
