"""A conversation to take away: as Markdown for people, as JSON for programs."""

import json
from collections.abc import Iterator
from typing import Any

from accounts.models import Actor
from conversations.models import Conversation, Turn

ROWS = 500


def as_markdown(conversation: Conversation) -> str:
    """The whole conversation as one text."""
    return "\n\n".join(_paragraphs(conversation)) + "\n"


def as_data(conversation: Conversation) -> dict[str, Any]:
    """The whole conversation as plain values."""
    return {
        "id": str(conversation.pk),
        "title": conversation.title,
        "agent": conversation.agent.handle,
        "others": [agent.handle for agent in conversation.table[1:]],
        "owner": conversation.owner.handle,
        "created_at": conversation.created_at.isoformat(),
        "turns": [_turn(turn, conversation) for turn in _turns(conversation)],
    }


def as_json(conversation: Conversation) -> str:
    """The same as text."""
    return json.dumps(as_data(conversation), ensure_ascii=False, indent=2) + "\n"


def _turns(conversation: Conversation) -> Iterator[Turn]:
    rows = conversation.turns.select_related("agent__actor").prefetch_related("files")
    return rows.order_by("index").iterator(chunk_size=ROWS)


def _paragraphs(conversation: Conversation) -> Iterator[str]:
    yield f"# {conversation}"
    names = " and ".join(f"@{agent.handle}" for agent in conversation.table)
    yield f"@{conversation.owner.handle} with {names}"
    for turn in _turns(conversation):
        who = _speaker(turn, conversation).name
        note = " (simulated)" if turn.simulated else ""
        broken = f" ({turn.state})" if turn.state != Turn.State.DONE else ""
        yield f"## {who}{note}{broken}"
        for one in turn.files.all():
            yield f"> Sent along: {one.name}"
        for part in turn.parts if turn.by_agent else [{"kind": "text", "text": turn.content}]:
            if part["kind"] == "text":
                yield part["text"]
            else:
                yield f"> Called `{part['name']}`: {part['state']}"


def _speaker(turn: Turn, conversation: Conversation) -> Actor:
    if not turn.by_agent:
        return conversation.owner
    return (turn.agent or conversation.agent).actor


def _turn(turn: Turn, conversation: Conversation) -> dict[str, Any]:
    return {
        "index": turn.index,
        "role": turn.role,
        "by": _speaker(turn, conversation).handle,
        "state": turn.state,
        "content": turn.content,
        "parts": turn.parts,
        "files": [
            {
                "name": one.name,
                "kind": one.kind,
                "asset": str(one.asset_id or "") or None,
                "text": one.text,
            }
            for one in turn.files.all()
        ],
        "simulated": turn.simulated,
        "input_tokens": turn.input_tokens,
        "output_tokens": turn.output_tokens,
        "cost": turn.cost,
        "created_at": turn.created_at.isoformat(),
    }
