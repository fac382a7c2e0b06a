"""What the log and the rooms below it let go of, and when.

The log itself is kept for good unless ACTIVITY_RETENTION_DAYS says otherwise: it is the audit
trail, and sockets replay from it. It is then cut off at its beginning and stays without a gap.
Notifications and deliveries only point at it.
"""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db.models import Max, Min, QuerySet

from accounts import receipts
from accounts.models import Invitation, Login, Receipt, Workspace
from activity.models import Activity, Delivery, Notification
from core.clock import db_now
from core.ids import first_of
from core.retention import days_kept, let_go_of, older

READ_FOR = timedelta(days=30)
UNREAD_FOR = timedelta(days=180)
INVITATIONS_FOR = timedelta(days=30)
LOGINS_FOR = timedelta(days=30)
ATTEMPTS_FOR = timedelta(days=30)


def register_all() -> None:
    """Say what may go. Called once, when the house opens."""
    every = Notification.objects.all()
    let_go_of("notifications read", partial(older, every, "read_at", READ_FOR))
    let_go_of("notifications unread", partial(older, every, "created_at", UNREAD_FOR))
    let_go_of("deliveries", _deliveries)
    let_go_of("receipts", partial(older, Receipt.objects.all(), "created_at", receipts.KEPT))
    let_go_of("logins", partial(older, Login.objects.all(), "expires_at", LOGINS_FOR))
    let_go_of(
        "invitations", partial(older, Invitation.objects.all(), "expires_at", INVITATIONS_FOR)
    )
    let_go_of("sessions", partial(older, Session.objects.all(), "expire_date", timedelta(0)))
    attempts: QuerySet[Any] = AccessAttempt.objects.all()
    let_go_of("attempts to log in", partial(older, attempts, "attempt_time", ATTEMPTS_FOR))
    let_go_of("activities", _activities)


def first_kept(workspace_id: UUID) -> int:
    """The number of the oldest entry that the log of a workspace still has; its next, if none."""
    found = Activity.objects.filter(workspace=workspace_id).aggregate(first=Min("number"))
    if found["first"] is not None:
        return int(found["first"])
    return 1 + Workspace.objects.values_list("last_event", flat=True).get(pk=workspace_id)


def _deliveries() -> QuerySet[Delivery]:
    age = days_kept("deliveries")
    if age is None:
        return Delivery.objects.none()
    return older(Delivery.objects.exclude(state=Delivery.State.WAITING), "created_at", age)


def _activities() -> QuerySet[Activity]:
    """One log up to its newest entry that is too old, so that what is left has no gap."""
    age = days_kept("activities")
    if age is None:
        return Activity.objects.none()
    # Ids grow with time, so the old ones lie at the beginning of their index.
    too_old = Activity.objects.filter(pk__lt=first_of(db_now() - age))
    oldest = too_old.order_by("pk").first()
    if oldest is None:
        return Activity.objects.none()
    here = too_old.filter(workspace=oldest.workspace_id)
    upto = here.aggregate(upto=Max("number"))["upto"]
    whole = Activity.objects.filter(workspace=oldest.workspace_id, number__lte=upto)
    return whole.order_by("number")
