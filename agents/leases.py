"""Who owns a run, and how that is kept true when workers die, stall or come back.

A claim raises the run's fencing token and starts a lease by the database's clock. Every
later write begins with `fence`, which finds the row only while the token still fits. So a
worker that stalled past its lease and wakes up again can do no harm.
"""

import os
import secrets
import socket
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from agents.errors import LeaseLost
from agents.models import Agent, Run
from agents.querysets import RunQuerySet
from core.clock import Now, from_now

LEASE = timedelta(seconds=30)
RENEW_EVERY = timedelta(seconds=10)

# One name per process: two processes of the same number on two hosts, or one after the
# other, must never pass for each other.
OWNER = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


def claim(
    *, only: UUID | None = None, among: RunQuerySet | None = None, owner: str = OWNER
) -> Run | None:
    """Take the oldest queued run, or that one run, if it is there to be taken.

    `among` are other runs than those of our own agents to choose from.

    PostgreSQL skips rows that others are about to take; on SQLite the transaction is the
    only writer from its first statement on. Either way a run is claimed once. A suspect,
    which may take this process down with all that it holds, is claimed by name only.
    """
    if among is not None:
        runs = among.order_by("created_at")
    else:
        runs = Run.objects.claimable().order_by("created_at")
        runs = runs.unsuspected() if only is None else runs.filter(pk=only)
    if not runs.exists():
        return None
    with transaction.atomic():
        run_id = (
            runs.select_for_update(skip_locked=True, no_key=True, of=("self",))
            .values_list("pk", flat=True)
            .first()
        )
        if run_id is None:
            return None
        claimed = Run.objects.filter(pk=run_id, state=Run.State.QUEUED).update(
            state=Run.State.RUNNING,
            token=F("token") + 1,
            lease_owner=owner,
            lease_expires_at=from_now(LEASE),
            started_at=Coalesce("started_at", Now()),
            reason="",
        )
        if not claimed:
            return None
        Agent.objects.filter(runs=run_id, status=Agent.Status.IDLE).update(
            status=Agent.Status.ACTIVE
        )
    return Run.objects.select_related(
        "workspace", "agent__actor__workspace", "agent__model", "task"
    ).get(pk=run_id)


def fence(run: Run) -> None:
    """Make sure, first thing in a transaction, that this claim of the run still holds.

    Locks the run's row until commit. Raises LeaseLost when the run was stopped, or taken
    over by another worker.
    """
    held = Run.objects.filter(pk=run.pk, token=run.token, state=Run.State.RUNNING)
    if not held.update(token=run.token):
        raise LeaseLost(f"{run} is no longer ours (token {run.token})")


def renew(run_ids: list[UUID], *, owner: str = OWNER) -> int:
    """Extend the leases of the runs this process holds. Returns how many it still holds.

    One after the other: whoever holds a single row is in nobody's way.
    """
    held = Run.objects.filter(lease_owner=owner, state=Run.State.RUNNING)
    return sum(held.filter(pk=key).update(lease_expires_at=from_now(LEASE)) for key in run_ids)
