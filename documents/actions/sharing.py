"""Verbs on who may read a document: closed and open, shared with a person or by a link."""

import secrets
from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse

from accounts.actions import digest
from accounts.models import Actor
from accounts.roles import may
from activity.hushing import take_back_words
from activity.log import verb
from core.clock import Now, db_now, from_now
from core.errors import Conflict, Invalid, LimitReached, NotFound
from documents.models import Document, Share
from documents.privacy import OTHERWISE, QUIET, enter, require_keep, why_open

MOST_SHARES = 100
MAX_NAME = 80
LONGEST = timedelta(days=3650)
# A link in constant use writes its row this often at most.
_NOTE_USE_EVERY = timedelta(minutes=1)
# So that a line of the log in which it stands hides it, as it does with keys.
PREFIX = "mc_share_"


class _Unchanged:
    """Stands for what shall stay as it is, where None means something."""


UNCHANGED = _Unchanged()


@verb
def set_visibility(*, actor: Actor, document: Document, visibility: str) -> Document:
    """Make a document private, or open it to the workspace. Its author's decision.

    What the log has said of a document loses its words when it becomes private. Raises Conflict
    while something that all may see stands on it.
    """
    held = hold(document)
    require_keep(actor, held)
    if visibility not in Document.Visibility.values:
        raise Invalid("A document is for the workspace, or private.", field="visibility")
    if visibility == held.visibility:
        return held
    if visibility == Document.Visibility.PRIVATE:
        _require_closable(actor, held)
    Document.objects.filter(pk=held.pk).update(visibility=visibility)
    held.refresh_from_db()
    if held.private:
        take_back_words(document=held, said=QUIET, otherwise=OTHERWISE)
    enter(
        actor=actor,
        document=held,
        verb="document.closed" if held.private else "document.opened",
        message=f"opened “{held.title}” to the workspace",
    )
    return held


@verb
def share_document(
    *,
    actor: Actor,
    document: Document,
    person: Actor,
    role: str = Share.Role.READ,
    expires_at: datetime | None = None,
) -> Share:
    """Let a person read a document, or edit it, and tell them. Once more changes the share."""
    held = hold(document)
    require_keep(actor, held)
    if person.workspace_id != held.workspace_id or not person.is_person or not person.active:
        raise Invalid("A document is shared with people of this workspace.", field="person")
    if person.pk in (actor.pk, held.created_by_id):
        raise Invalid(f"@{person.handle} has it already.", field="person")
    _check_role(person, role)
    _check_expiry(expires_at)
    known = held.shares.filter(person=person).first()
    if known is not None:
        return change_share(actor=actor, share=known, role=role, expires_at=expires_at)
    _check_room(held)
    share = Share.objects.create(
        document=held, person=person, role=role, expires_at=expires_at, created_by=actor
    )
    enter(
        actor=actor,
        document=held,
        verb="document.shared",
        message=f"shared “{held.title}” with @{person.handle}, to {role}",
        data={"person": str(person.pk), "role": role},
        notify={"share": [person]},
    )
    return share


@verb
def share_by_link(
    *,
    actor: Actor,
    document: Document,
    name: str = "",
    expires_at: datetime | None = None,
) -> tuple[Share, str]:
    """A link by which whoever has it may read a document without an account.

    Returns the share and the secret, which is known now and never again.
    """
    held = hold(document)
    require_keep(actor, held)
    _check_expiry(expires_at)
    _check_room(held)
    token = PREFIX + secrets.token_urlsafe(32)
    share = Share.objects.create(
        document=held,
        digest=digest(token),
        name=_named(name),
        expires_at=expires_at,
        created_by=actor,
    )
    enter(
        actor=actor,
        document=held,
        verb="document.shared",
        message=f"made a link by which anybody may read “{held.title}”",
        data={"link": True},
    )
    return share, token


@verb
def change_share(
    *,
    actor: Actor,
    share: Share,
    role: str | None = None,
    name: str | None = None,
    expires_at: datetime | _Unchanged | None = UNCHANGED,
) -> Share:
    """Another role, name or end of a share. A link is for reading alone."""
    held, document = _hold(actor, share)
    before = (held.role, held.name, held.expires_at)
    if role is not None:
        _check_role(held.person, role)
        held.role = role
    if name is not None:
        held.name = _named(name)
    if not isinstance(expires_at, _Unchanged):
        _check_expiry(expires_at)
        held.expires_at = expires_at
    if (held.role, held.name, held.expires_at) == before:
        return held
    held.save(update_fields=["role", "name", "expires_at"])
    whom = f"shared with @{held.person.handle}, to {held.role}" if held.person else "read by a link"
    enter(
        actor=actor,
        document=document,
        verb="document.share_changed",
        message=f"changed how “{document.title}” is {whom}",
    )
    return held


@verb
def revoke_share(*, actor: Actor, share: Share) -> None:
    """Take a document back from a person, or let a link lead nowhere. At once."""
    held, document = _hold(actor, share)
    held.delete()
    message = (
        f"stopped sharing “{document.title}” with @{held.person.handle}"
        if held.person
        else f"withdrew a link to “{document.title}”"
    )
    enter(actor=actor, document=document, verb="document.unshared", message=message)


def opened_by_link(token: str) -> Document:
    """The document that a link shows. Notes that it was used. Raises NotFound."""
    found = (
        Share.objects.current()
        .links()
        .select_related("document__workspace")
        .filter(digest=digest(token), document__archived_at=None)
        .first()
    )
    if found is None:
        raise NotFound("This link leads nowhere, or no longer.")
    stale = Q(opened_at=None) | Q(opened_at__lt=from_now(-_NOTE_USE_EVERY))
    Share.objects.filter(stale, pk=found.pk).update(opened_at=Now())
    return found.document


def address_of(token: str) -> str:
    """The address of a link, without the host."""
    return reverse("documents:shared", args=[token])


def hold(document: Document) -> Document:
    """The document as it is now, locked until the verb ends. Raises NotFound."""
    held = Document.objects.select_for_update(no_key=True).filter(pk=document.pk).first()
    if held is None:
        raise NotFound("This document has been deleted.")
    return held


def _hold(actor: Actor, share: Share) -> tuple[Share, Document]:
    document = hold(share.document)
    require_keep(actor, document)
    held = Share.objects.select_related("person").filter(pk=share.pk).first()
    if held is None:
        raise NotFound("This share has been withdrawn.")
    return held, document


def _require_closable(actor: Actor, document: Document) -> None:
    if document.created_by_id != actor.pk:
        raise Conflict("Only who wrote a document makes it private.", code="not_author")
    if document.task is not None:
        raise Conflict(
            f"It belongs to {document.task.key}, and what a task stands on is for all to read.",
            code="of_a_task",
        )
    if reason := why_open(document):
        raise Conflict(reason, code="needed_open")


def _check_role(person: Actor | None, role: str) -> None:
    if role not in Share.Role.values:
        raise Invalid("One shares a document to read or to edit.", field="role")
    if role == Share.Role.READ:
        return
    if person is None:
        raise Invalid("A link is for reading.", field="role")
    if not may(person, "work"):
        raise Invalid(f"@{person.handle} may only read here.", field="role")


def _check_expiry(expires_at: datetime | None) -> None:
    now = db_now()
    if expires_at is not None and not now < expires_at < now + LONGEST:
        raise Invalid("A share ends in the future, within ten years.", field="expires_at")


def _check_room(document: Document) -> None:
    if document.shares.count() >= MOST_SHARES:
        raise LimitReached(f"It is shared {MOST_SHARES} times already; withdraw some first.")


def _named(text: str) -> str:
    name = " ".join(text.split())
    if len(name) > MAX_NAME:
        raise Invalid(f"At most {MAX_NAME} characters.", field="name")
    if "\x00" in name:
        raise Invalid("No NUL characters.", field="name")
    return name
