"""What this room takes from programs and gives to them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from activity.models import Activity, Notification, Preference
from core.api.fields import EXAMPLE_ID, Choice, Flag, Id, Input, ListQuery, Many, Text, Whole
from core.api.schema import ActorAnswer, Answer

KINDS = [str(kind) for kind in Notification.Kind.values]
MAILS = [str(mail) for mail in Preference.Email.values]


class ActivityQuery(ListQuery):
    after = Whole(
        required=False, most=2**53, help_text="Only those after this number, the oldest first"
    )
    before = Whole(required=False, most=2**53, help_text="Only those before this number")
    verb = Text(
        required=False, max_length=60, help_text="Such as task.moved; task. for all about tasks"
    )
    actor = Id(required=False)
    task = Id(required=False)
    agent = Id(required=False)
    run = Id(required=False)
    document = Id(required=False)
    search = Text(required=False, max_length=100, help_text="Words in the message")


class NotificationQuery(ListQuery):
    unread = Flag(required=False)
    kind = Choice(choices=KINDS, required=False)


class ReadInput(Input):
    read = Flag(required=False, help_text="false makes it unread again")
    example = {"read": True}


class MarkInput(Input):
    only = Many(Id(), required=False, max_length=1000, help_text="Only these")
    example = {"only": [EXAMPLE_ID]}


class WishInput(Input):
    kind = Choice(choices=KINDS)
    in_app = Flag()
    email = Choice(choices=MAILS)


class PreferencesInput(Input):
    preferences = Many(WishInput(), max_length=len(KINDS))


class ActivityAnswer(Answer):
    """One entry of the log; sockets and webhooks send the same, with `type: event`."""

    id = serializers.UUIDField()
    number = serializers.IntegerField(help_text="Counts per workspace, without gaps")
    verb = serializers.CharField()
    message = serializers.CharField()
    actor = ActorAnswer(allow_null=True)
    task = serializers.UUIDField(allow_null=True)
    task_number = serializers.IntegerField(allow_null=True)
    agent = serializers.UUIDField(allow_null=True)
    run = serializers.UUIDField(allow_null=True)
    document = serializers.UUIDField(allow_null=True)
    data = serializers.DictField()  # type: ignore[assignment]
    cause = serializers.UUIDField(allow_null=True)
    hops = serializers.IntegerField()
    at = serializers.DateTimeField()


class NotificationAnswer(Answer):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=KINDS)
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)
    activity = ActivityAnswer()


class MarkedAnswer(Answer):
    marked = serializers.IntegerField(help_text="How many were unread")


class WishAnswer(Answer):
    kind = serializers.ChoiceField(choices=KINDS)
    in_app = serializers.BooleanField()
    email = serializers.ChoiceField(choices=MAILS)


class PreferencesAnswer(Answer):
    preferences = WishAnswer(many=True)


class TicketAnswer(Answer):
    ticket = serializers.CharField(help_text="Opens one socket, by ?ticket=")
    expires_in = serializers.IntegerField(help_text="Seconds")


# --- how it is made --------------------------------------------------------------------------

_COLUMNS = (
    "id",
    "number",
    "verb",
    "message",
    "task_id",
    "task__number",
    "agent_id",
    "run_id",
    "document_id",
    "data",
    "cause_id",
    "hops",
    "created_at",
    "actor_id",
    "actor__handle",
    "actor__name",
    "actor__kind",
)


def activities_of(rows: QuerySet[Activity]) -> list[dict[str, Any]]:
    """The entries as they are sent. One query."""
    return [_entry(row) for row in rows.values_list(*_COLUMNS)]


def notifications_of(rows: QuerySet[Notification]) -> list[dict[str, Any]]:
    """The notifications with what they are about. One query."""
    own = ("id", "kind", "created_at", "read_at")
    found = rows.values_list(*own, *(f"activity__{name}" for name in _COLUMNS))
    return [
        {**dict(zip(own, row, strict=False)), "activity": _entry(row[len(own) :])} for row in found
    ]


def _entry(row: Sequence[Any]) -> dict[str, Any]:
    (id, number, verb, message, task, task_number, agent, run, document) = row[:9]
    data, cause, hops, at, actor_id, handle, name, kind = row[9:]
    return {
        "id": id,
        "number": number,
        "verb": verb,
        "message": message,
        "actor": actor_id and {"id": actor_id, "handle": handle, "name": name, "kind": kind},
        "task": task,
        "task_number": task_number,
        "agent": agent,
        "run": run,
        "document": document,
        "data": data,
        "cause": cause,
        "hops": hops,
        "at": at,
    }
