"""Documents that are not for everybody in the workspace.

A private document is for its author and the people it is shared with; no role sees more, not
the owner of the workspace either. The log says that something was done to one, and neither
its title nor anything in it: so sockets, webhooks, feeds and reports have nothing to tell.

Agents work in the open: what one of them reads stands in its run for all to look into. So
nothing private is there for them, and a document that a task stands on cannot be private.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from accounts.models import Actor
from accounts.roles import may, require
from activity.log import record
from core.errors import Forbidden, NotFound
from documents.models import Document, Share

# What the log says of a private document, by verb.
QUIET = {
    "document.created": "wrote a private document",
    "document.edited": "revised a private document",
    "document.archived": "archived a private document",
    "document.unarchived": "took back a private document",
    "document.shared": "shared a private document",
    "document.share_changed": "changed how a private document is shared",
    "document.unshared": "stopped sharing a private document",
    "document.closed": "made a document private",
}
OTHERWISE = "worked on a document that is private now"

Reason = Callable[[Document], str]
_reasons: list[Reason] = []


def kept_open_by(reason: Reason) -> None:
    """Let a room above say why a document must stay open; an empty text for no reason."""
    _reasons.append(reason)


def why_open(document: Document) -> str:
    """Why the document must stay open to the workspace; empty if it need not."""
    found = (reason(document) for reason in _reasons)
    return next((text for text in found if text), "")


def enter(
    *,
    actor: Actor,
    document: Document,
    verb: str,
    message: str,
    data: Mapping[str, Any] | None = None,
    notify: Mapping[str, Iterable[Actor]] | None = None,
) -> None:
    """Enter a change of a document into the log: in few words if it is private."""
    private = document.private
    record(
        actor=actor,
        verb=verb,
        message=QUIET.get(verb, OTHERWISE) if private else message,
        task=document.task,
        document=document,
        data={"private": True} if private else data,
        notify=notify,
    )


def may_read(actor: Actor, document: Document) -> bool:
    return Document.objects.visible_to(actor).filter(pk=document.pk).exists()


def may_edit(actor: Actor, document: Document) -> bool:
    """Whether the actor may change the text: in the open all who work, else as it is shared."""
    if not may(actor, "work"):
        return False
    if not document.private or document.created_by_id == actor.pk:
        return True
    shares = Share.objects.current().filter(document=document, person=actor)
    return shares.filter(role=Share.Role.EDIT).exists()


def may_keep(actor: Actor, document: Document) -> bool:
    """Whether the actor may share a document: its author, or in the open all who decide."""
    mine = document.created_by_id == actor.pk
    return may(actor, "decide") and (mine or not document.private)


def require_edit(actor: Actor, document: Document) -> None:
    """Raise unless the actor may change the text. To others a private document is not there."""
    require(actor, "work")
    if may_edit(actor, document):
        return
    _require_read(actor, document)
    raise Forbidden("This document is shared with you to be read.", code="read_only")


def require_keep(actor: Actor, document: Document) -> None:
    """Raise unless the actor may share the document."""
    require(actor, "decide")
    if may_keep(actor, document):
        return
    _require_read(actor, document)
    raise Forbidden("Only who wrote a private document shares it.", code="not_author")


def _require_read(actor: Actor, document: Document) -> None:
    if not may_read(actor, document):
        raise NotFound("There is no such document in this workspace.")
