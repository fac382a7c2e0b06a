"""What this room takes from programs and gives to them."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from agents.models import Agent
from conversations.actions import LONGEST_MESSAGE
from conversations.models import Conversation, Turn, TurnFile
from core.api.fields import (
    EXAMPLE_ID,
    Flag,
    Id,
    Input,
    ListQuery,
    Many,
    Text,
    Whole,
    ordering,
)
from core.api.schema import ActorAnswer, Answer
from modules.models import Asset

ROLES = [str(role) for role in Turn.Role.values]
STATES = [str(state) for state in Turn.State.values]


class ConversationQuery(ListQuery):
    search = Text(required=False, max_length=100, help_text="In titles and in what was said")
    agent = Id(required=False)
    branch_of = Id(required=False, help_text="The conversation that branches come from")
    pinned = Flag(required=False)
    archived = Flag(required=False, default=False, help_text="Those put away, instead")
    ordering, orders = ordering(
        {"updated_at": "updated_at", "created_at": "created_at", "title": "title"}, "-updated_at"
    )


class ConversationInput(Input):
    agent = Id(help_text="Whom to talk with")
    others = Many(Id(), max_length=7, required=False, help_text="Agents who answer when mentioned")
    title = Text(max_length=120, required=False, help_text="Else the first words become one")
    content = Text(max_length=LONGEST_MESSAGE, required=False, help_text="What to say at once")
    example = {"agent": EXAMPLE_ID, "content": "Which lamps are out?"}


class ConversationChange(Input):
    others = Many(Id(), max_length=7, required=False, help_text="Those who take part from now on")
    title = Text(max_length=120, required=False)
    pinned = Flag(required=False)
    archived = Flag(required=False)
    example = {"title": "Lamps", "pinned": True}


class SayInput(Input):
    content = Text(max_length=LONGEST_MESSAGE, help_text="Markdown")
    assets = Many(
        Id(), max_length=4, required=False, help_text="Files that come along, uploaded before"
    )
    example = {"content": "And which of them are *on the mole*?"}


class EditInput(Input):
    content = Text(max_length=LONGEST_MESSAGE, help_text="Markdown")
    example = {"content": "And which of them are *on the mole*?"}


class TurnQuery(ListQuery):
    before = Whole(required=False, help_text="Only turns with a lower index")
    ordering, orders = ordering({"index": "index"}, "index")


class TaskOfTurnInput(Input):
    title = Text(max_length=200, required=False, help_text="Else its first line")
    example = {"title": "Replace the lamp on the mole"}


class ConversationAnswer(Answer):
    id = serializers.UUIDField()
    title = serializers.CharField(allow_blank=True)
    agent = serializers.UUIDField()
    with_whom = ActorAnswer(help_text="The agent as an actor")
    others = ActorAnswer(many=True, help_text="Agents who take part beside it")
    pinned = serializers.BooleanField()
    shared = serializers.BooleanField()
    branch_of = serializers.UUIDField(allow_null=True)
    branch_at = serializers.IntegerField(allow_null=True, help_text="First turn that differs")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    archived_at = serializers.DateTimeField(allow_null=True)


class PartAnswer(Answer):
    kind = serializers.ChoiceField(choices=["text", "call"])
    text = serializers.CharField(required=False)
    name = serializers.CharField(required=False, help_text="Of the tool")
    arguments = serializers.DictField(required=False)
    state = serializers.CharField(required=False)
    result = serializers.CharField(required=False, help_text="Its first 2,000 characters")


class FileAnswer(Answer):
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=[str(kind) for kind in Asset.Kind.values])
    asset = serializers.UUIDField(allow_null=True, help_text="Of a document none is kept")
    text = serializers.CharField(allow_blank=True, help_text="Of a document")


class TurnAnswer(Answer):
    id = serializers.UUIDField()
    conversation = serializers.UUIDField()
    index = serializers.IntegerField()
    role = serializers.ChoiceField(choices=ROLES)
    agent = serializers.UUIDField(
        allow_null=True, help_text="Who answers, if it is not the conversation's first agent"
    )
    state = serializers.ChoiceField(choices=STATES)
    content = serializers.CharField(allow_blank=True, help_text="Markdown; empty while it streams")
    parts = PartAnswer(many=True)
    files = FileAnswer(many=True, help_text="What a person sent along")
    problem = serializers.CharField(allow_blank=True)
    run = serializers.UUIDField(allow_null=True)
    tries = serializers.IntegerField()
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    context_tokens = serializers.IntegerField()
    cost = serializers.IntegerField(help_text="Microdollars")
    simulated = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class ExportedTurn(Answer):
    index = serializers.IntegerField()
    role = serializers.ChoiceField(choices=ROLES)
    by = serializers.CharField(help_text="A handle")
    state = serializers.ChoiceField(choices=STATES)
    content = serializers.CharField(allow_blank=True)
    parts = PartAnswer(many=True)
    files = FileAnswer(many=True)
    simulated = serializers.BooleanField()
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    cost = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class ExportAnswer(Answer):
    id = serializers.UUIDField()
    title = serializers.CharField(allow_blank=True)
    agent = serializers.CharField()
    others = serializers.ListField(child=serializers.CharField())
    owner = serializers.CharField()
    created_at = serializers.DateTimeField()
    turns = ExportedTurn(many=True)


class LinkAnswer(Answer):
    token = serializers.CharField(help_text="Told this once; read at /chat/shared/<token>/")


class MadeTaskAnswer(Answer):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    key = serializers.CharField()


def conversations_of(rows: QuerySet[Conversation]) -> list[dict[str, Any]]:
    """Conversations as they are sent. A fixed number of queries."""
    return [
        {
            "id": one.pk,
            "title": one.title,
            "agent": one.agent_id,
            "with_whom": _actor(one.agent),
            "others": [_actor(seat.agent) for seat in one.seats.all()],
            "pinned": one.pinned,
            "shared": bool(one.share_digest),
            "branch_of": one.branch_of_id,
            "branch_at": one.branch_at,
            "created_at": one.created_at,
            "updated_at": one.updated_at,
            "archived_at": one.archived_at,
        }
        for one in rows.select_related("agent__actor")
        .prefetch_related("seats__agent__actor")
        .defer("summary")
    ]


def _actor(agent: Agent) -> dict[str, Any]:
    return {name: getattr(agent.actor, name) for name in ("id", "handle", "name", "kind")}


_TURN = (
    *("id", "conversation_id", "index", "role", "agent_id", "state", "content", "parts", "problem"),
    *("run_id", "tries", "input_tokens", "output_tokens", "context_tokens", "cost"),
    *("simulated", "created_at", "ended_at"),
)


def turns_of(rows: QuerySet[Turn]) -> list[dict[str, Any]]:
    """Turns as they are sent. Two queries."""
    found = [
        {name.removesuffix("_id"): value for name, value in row.items()}
        for row in rows.values(*_TURN)
    ]
    along: dict[Any, list[dict[str, Any]]] = {}
    for one in TurnFile.objects.filter(turn__in=[row["id"] for row in found]):
        along.setdefault(one.turn_id, []).append(file_of(one))
    return [{**row, "files": along.get(row["id"], [])} for row in found]


def file_of(one: TurnFile) -> dict[str, Any]:
    """A file that came along, as it is sent."""
    return {"name": one.name, "kind": one.kind, "asset": one.asset_id, "text": one.text}
