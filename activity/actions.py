"""Verbs on notifications: read them, and say how one wants to hear of things.

They concern one person alone, so they leave no entry in the log of the workspace.
"""

from collections.abc import Collection, Mapping
from typing import TypedDict
from uuid import UUID

from django.db import transaction

from accounts.models import Actor
from activity.models import Notification, Preference
from core.clock import Now
from core.errors import Invalid, NotFound


class Wish(TypedDict):
    """How somebody wants to hear of one kind of notification."""

    in_app: bool
    email: str


def mark_read(*, actor: Actor, notification: Notification, read: bool = True) -> Notification:
    """Mark one of one's own notifications as read, or as unread again."""
    mine = Notification.objects.filter(pk=notification.pk, recipient=actor)
    if not mine.exists():
        raise NotFound("There is no such notification.")
    if read:
        mine.filter(read_at=None).update(read_at=Now())
    else:
        mine.update(read_at=None)
    notification.refresh_from_db(fields=["read_at"])
    return notification


def mark_all_read(*, actor: Actor, only: Collection[UUID] | None = None) -> int:
    """Mark all of one's notifications as read, or those in `only`. Returns how many were not."""
    unread = Notification.objects.filter(recipient=actor, read_at=None)
    if only is not None:
        unread = unread.filter(pk__in=only)
    return unread.update(read_at=Now())


def mark_read_about(*, actor: Actor, **about: UUID) -> int:
    """Whoever opens the page of a thing has seen what it was about: task=, run=, document=."""
    fields = {f"activity__{name}": key for name, key in about.items()}
    unread = Notification.objects.filter(recipient=actor, read_at=None, **fields)
    return unread.update(read_at=Now()) if unread.exists() else 0


@transaction.atomic
def set_preferences(*, actor: Actor, wishes: Mapping[str, Wish]) -> None:
    """Say for kinds of notifications whether to hear of them here and by e-mail."""
    for kind, wish in wishes.items():
        if kind not in Notification.Kind.values:
            raise Invalid(f"There is no kind of notification “{kind}”.", field="kind")
        if wish["email"] not in Preference.Email.values:
            raise Invalid(f"E-mail cannot come “{wish['email']}”.", field="email")
        Preference.objects.update_or_create(
            actor=actor, kind=kind, defaults={"in_app": wish["in_app"], "email": wish["email"]}
        )


def preferences_of(actor: Actor) -> dict[str, Wish]:
    """How `actor` wants to hear of each kind; what they never said is as it is by default."""
    said = {row.kind: row for row in Preference.objects.filter(actor=actor)}
    usual = Preference()
    return {
        kind: Wish(
            in_app=said.get(kind, usual).in_app,
            email=str(said.get(kind, usual).email),
        )
        for kind in Notification.Kind.values
    }
