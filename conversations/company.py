"""Who takes part in a conversation, and who of them answers."""

import re
from collections.abc import Sequence

from accounts.models import Actor
from agents.models import Agent
from conversations.models import Conversation, Seat
from core.errors import Conflict, Invalid, NotFound

MOST_OTHERS = 7
MENTION = re.compile(r"(?<![\w@/.`-])@([a-z0-9][a-z0-9_-]{0,38})(?!\w|:\w)")


def check(actor: Actor, agents: Sequence[Agent]) -> None:
    """Raise unless `actor` can talk with each of these agents."""
    for agent in agents:
        if agent.workspace_id != actor.workspace_id or agent.retired_at is not None:
            raise NotFound("There is no such agent.", field="agent")
        if agent.external:
            raise Conflict(
                f"{agent.name} runs elsewhere; mention it in the thread of a task instead."
            )


def seat(conversation: Conversation, others: Sequence[Agent]) -> None:
    """Let these agents, and no others, take part beside the first."""
    wanted = list(dict.fromkeys(one for one in others if one.pk != conversation.agent_id))
    if len(wanted) > MOST_OTHERS:
        raise Invalid(f"At most {MOST_OTHERS + 1} agents take part.", field="others")
    conversation.seats.all().delete()
    vars(conversation).pop("table", None)
    Seat.objects.bulk_create(
        Seat(conversation=conversation, agent=agent, position=position)
        for position, agent in enumerate(wanted, 1)
    )


def answerer(conversation: Conversation, text: str) -> Agent:
    """Who answers `text`: the first of the company whom it mentions, else the first of all."""
    handles = {agent.handle: agent for agent in conversation.table}
    mentioned = (handles[name] for name in MENTION.findall(text) if name in handles)
    return next(mentioned, conversation.agent)
