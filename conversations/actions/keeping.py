"""What one does with conversations besides talking: name, pin, put away, share, make use of."""

import hashlib
import secrets

from django.db.models import QuerySet

from accounts.models import Actor
from accounts.roles import require
from activity.log import record, verb
from agents import runs
from agents.models import Run
from conversations.actions.talking import mine
from conversations.models import Conversation, Turn
from conversations.privacy import forget_words
from core.clock import db_now
from core.errors import Invalid, NotFound
from tasks.actions import create_task
from tasks.models import Task


@verb
def rename(*, actor: Actor, conversation: Conversation, title: str) -> Conversation:
    """Give a conversation a title of its own."""
    conversation = mine(actor, conversation)
    words = " ".join(title.split())
    if not words or len(words) > 120:
        raise Invalid("A title has 1 to 120 characters.", field="title")
    conversation.title = words
    return _saved(conversation, "renamed", "renamed a conversation", "title")


@verb
def pin(*, actor: Actor, conversation: Conversation, pinned: bool = True) -> Conversation:
    """Keep a conversation at the top of the list, or no longer."""
    conversation = mine(actor, conversation)
    conversation.pinned = pinned
    what = "pinned" if pinned else "unpinned"
    return _saved(conversation, what, f"{what} a conversation", "pinned")


@verb
def archive(*, actor: Actor, conversation: Conversation, archived: bool = True) -> Conversation:
    """Put a conversation away, or take it out again. Writing in it takes it out as well."""
    conversation = mine(actor, conversation)
    conversation.archived_at = db_now() if archived else None
    what = "archived" if archived else "restored"
    return _saved(conversation, what, f"{what} a conversation", "archived_at")


@verb
def share(*, actor: Actor, conversation: Conversation) -> str:
    """Make a link by which members of the workspace may read it. Returns its secret, told once.

    An earlier link stops working.
    """
    conversation = mine(actor, conversation)
    token = secrets.token_urlsafe(24)
    conversation.share_digest, conversation.shared_at = _digest(token), db_now()
    _saved(conversation, "shared", "shared a conversation", "share_digest", "shared_at")
    return token


@verb
def unshare(*, actor: Actor, conversation: Conversation) -> Conversation:
    """Let the link to a conversation lead nowhere."""
    conversation = mine(actor, conversation)
    conversation.share_digest, conversation.shared_at = "", None
    what = "stopped sharing a conversation"
    return _saved(conversation, "unshared", what, "share_digest", "shared_at")


def shared_by(actor: Actor, token: str) -> Conversation:
    """The conversation that a link of this workspace shows to `actor`. Raises NotFound."""
    require(actor, "read")
    found = (
        Conversation.objects.select_related("owner", "agent__actor")
        .filter(workspace=actor.workspace_id, share_digest=_digest(token))
        .first()
    )
    if found is None:
        raise NotFound("This link leads nowhere, or no longer.")
    return found


@verb
def delete_conversation(*, actor: Actor, conversation: Conversation) -> None:
    """Remove a conversation for good, with all words of it that its runs hold.

    The runs themselves stay, with what they cost.
    """
    conversation = mine(actor, conversation)
    runs.cancel_all(actor=actor, runs=_runs_of(conversation), reason="deleted", hold=False)
    forget_words(_runs_of(conversation))
    record(
        actor=actor,
        verb="conversation.deleted",
        message="deleted a conversation",
        agent=conversation.agent,
        data={"conversation": str(conversation.pk)},
    )
    conversation.delete()


@verb
def make_task(*, actor: Actor, turn: Turn, title: str = "") -> Task:
    """Make what was said in a turn a task in the inbox."""
    mine(actor, turn.conversation, hold=False)
    if not turn.content.strip():
        raise Invalid("There is nothing in this turn to make a task of.")
    line = next((line for line in turn.content.splitlines() if line.strip(" #*->")), "")
    first = " ".join(line.strip(" #*->").split())
    return create_task(
        actor=actor,
        title=title.strip() or (first if len(first) <= 120 else f"{first[:119]}…"),
        description=turn.content,
    )


def _runs_of(conversation: Conversation) -> QuerySet[Run]:
    return Run.objects.filter(thread=conversation.pk)


def _saved(conversation: Conversation, what: str, message: str, *fields: str) -> Conversation:
    conversation.save(update_fields=fields)
    record(
        actor=conversation.owner,
        verb=f"conversation.{what}",
        message=message,
        agent=conversation.agent,
        data={"conversation": str(conversation.pk)},
    )
    return conversation


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
