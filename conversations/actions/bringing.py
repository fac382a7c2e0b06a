"""Talks that were held elsewhere, taken in as they were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import Actor
from accounts.roles import require
from activity.log import record, verb
from agents.models import Agent
from conversations.models import Conversation, Turn
from core.errors import Invalid

BATCH = 500


@dataclass(frozen=True)
class Earlier:
    """What one side said, and when."""

    role: str
    content: str
    at: datetime


@verb
def bring_conversation(
    *,
    actor: Actor,
    owner: Actor,
    agent: Agent,
    key: UUID,
    title: str,
    turns: Sequence[Earlier],
    archived: bool = False,
) -> Conversation | None:
    """Take in a talk of `owner` that was held elsewhere; None when one with this id is here.

    Nobody answers to it; whoever goes on with it finds what was said before.
    """
    require(actor, "workspace")
    if owner.workspace_id != actor.workspace_id or agent.workspace_id != actor.workspace_id:
        raise Invalid("A conversation is between members of one workspace.")
    if not turns:
        raise Invalid("Nothing was said in it.", field="turns")
    if Conversation.objects.filter(pk=key).exists():
        return None
    first, last = turns[0].at, turns[-1].at
    conversation = Conversation.objects.create(
        id=key,
        workspace_id=actor.workspace_id,
        owner=owner,
        agent=agent,
        title=title[:120],
        archived_at=last if archived else None,
        updated_at=last,
    )
    _write(conversation, turns)
    # The moments at which it was held are part of it.
    Conversation.objects.filter(pk=key).update(created_at=first)
    record(
        actor=actor,
        verb="conversation.brought",
        message=f"took in a talk of @{owner.handle} with @{agent.handle}",
        agent=agent,
        data={"conversation": str(key)},
    )
    return conversation


def _write(conversation: Conversation, turns: Sequence[Earlier]) -> None:
    rows = []
    for index, said in enumerate(turns):
        parts = [{"kind": "text", "text": said.content}]
        rows.append(
            Turn(
                conversation=conversation,
                index=index,
                role=said.role,
                content=said.content,
                parts=parts if said.role == Turn.Role.AGENT else [],
                ended_at=said.at,
            )
        )
    Turn.objects.bulk_create(rows, batch_size=BATCH)
    for row in rows:
        assert row.ended_at is not None
        row.created_at = row.ended_at
    Turn.objects.bulk_update(rows, ["created_at"], batch_size=BATCH)
