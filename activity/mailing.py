"""Notifications by e-mail: gathered into one message, never more often than is bearable.

A notification is claimed by setting `emailed_at` before the message goes out and given back
when it could not be sent. A process that dies in between loses a message, which is a
reminder of something that stands on the screen anyway; it never sends one twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Max
from django.template.loader import render_to_string

from accounts.models import Membership
from activity.models import Notification, Preference
from core.clock import Now, db_now

log = structlog.get_logger(__name__)

# At most one digest in this time, and none before its oldest entry has had time to be read
# on screen.
DIGEST_EVERY = timedelta(minutes=15)
DIGEST_AFTER = timedelta(minutes=5)
# What nobody was told within a day is no news any more.
NEWS_FOR = timedelta(days=1)
MOST_IN_A_MAIL = 30
PEOPLE_AT_ONCE = 200


@dataclass(frozen=True)
class Waiting:
    """One person's unread notifications that no mail has named yet."""

    person: Membership
    at_once: list[Notification]
    batched: list[Notification]


def send_due_mail() -> int:
    """Send what is due. Returns the number of messages that went out."""
    sent = 0
    for waiting in _waiting():
        chosen = _due(waiting)
        if chosen and _claim(chosen):
            sent += _send(waiting.person, chosen)
    return sent


def _waiting() -> list[Waiting]:
    rows = (
        Notification.objects.filter(
            read_at=None,
            emailed_at=None,
            created_at__gt=db_now() - NEWS_FOR,
            recipient__active=True,
            recipient__membership__user__is_active=True,
        )
        .exclude(recipient__membership__user__email="")
        .select_related("activity__actor", "activity__task", "recipient__membership__user")
        .order_by("recipient", "created_at")
    )
    rows = rows.select_related("recipient__membership__workspace")
    found = [
        (actor, list(group))
        for actor, group in groupby(rows[: PEOPLE_AT_ONCE * MOST_IN_A_MAIL], lambda n: n.recipient)
    ]
    wishes = {
        (row.actor_id, row.kind): row.email
        for row in Preference.objects.filter(actor__in=[actor.pk for actor, _ in found])
    }
    waiting = []
    for actor, notifications in found:
        how = {
            one.pk: wishes.get((actor.pk, one.kind), Preference.Email.BATCHED)
            for one in notifications
        }
        waiting.append(
            Waiting(
                person=actor.membership,
                at_once=[n for n in notifications if how[n.pk] == Preference.Email.AT_ONCE],
                batched=[n for n in notifications if how[n.pk] == Preference.Email.BATCHED],
            )
        )
    return waiting


def _due(waiting: Waiting) -> list[Notification]:
    """What goes into a message now: the urgent alone, or a digest of everything."""
    digest = _digest_due(waiting)
    return [*waiting.at_once, *(waiting.batched if digest else [])]


def _digest_due(waiting: Waiting) -> bool:
    if not waiting.batched:
        return False
    now = db_now()
    if waiting.batched[0].created_at > now - DIGEST_AFTER:
        return False
    recent = Notification.objects.filter(recipient=waiting.person.actor_id)
    last = recent.aggregate(last=Max("emailed_at"))["last"]
    return last is None or last <= now - DIGEST_EVERY


def _claim(notifications: Sequence[Notification]) -> bool:
    """Take them, all or none: another process may be at it too."""
    keys = [one.pk for one in notifications]
    with transaction.atomic():
        taken = Notification.objects.filter(pk__in=keys, emailed_at=None, read_at=None)
        if taken.update(emailed_at=Now()) != len(keys):
            transaction.set_rollback(True)
            return False
    return True


def _send(person: Membership, notifications: Sequence[Notification]) -> int:
    shown = notifications[:MOST_IN_A_MAIL]
    context = {
        "person": person,
        "notifications": shown,
        "more": len(notifications) - len(shown),
        "site": settings.SITE_URL,
    }
    text = render_to_string("activity/mail/digest.txt", context)
    try:
        send_mail(subject_of(person, notifications), text, None, [person.user.email])
    except Exception as error:
        # Every transport fails in its own way; the next round tries again.
        log.warning("mail.not_sent", error=type(error).__name__)
        _give_back([one.pk for one in notifications])
        return 0
    return 1


def _give_back(keys: list[UUID]) -> None:
    Notification.objects.filter(pk__in=keys).update(emailed_at=None)


def subject_of(person: Membership, notifications: Sequence[Notification]) -> str:
    """One line that says what waits. Never more than one, whatever a title holds."""
    first = " ".join(notifications[0].activity.message.split())[:120]
    if len(notifications) == 1:
        return f"[{person.workspace.name}] {first}"
    return f"[{person.workspace.name}] {len(notifications)} things wait for you"
