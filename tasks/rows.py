"""Tasks and what belongs to them as plain values, many at a time, in a fixed number of queries.

The API sends these as they are. Columns come as tuples and become dictionaries at once:
making models of 200 rows first takes several times as long.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Value

from accounts.models import Actor
from core.prepared import Prepared
from tasks.around import ACTOR, actor_in, around, who
from tasks.models import (
    Assignment,
    Attachment,
    Dependency,
    Evidence,
    Message,
    Reaction,
    Review,
    Task,
)

_OWN = (
    "id",
    "number",
    "title",
    "description",
    "kind",
    "status",
    "priority",
    "parent_id",
    "needs",
    "checklist",
    "criteria",
    "estimate_low",
    "estimate_high",
    "due_at",
    "position",
    "blocked_reason",
    "blocked_at",
    "retry_at",
    "failures",
    "sent_back",
    "version",
    "created_at",
    "updated_at",
    "moved_at",
    "started_at",
    "done_at",
)
_NAMES = tuple({"parent_id": "parent_task"}.get(name, name) for name in _OWN)
_FILE = ("id", "message_id", "name", "content_type", "size", "digest", "created_at")


_TASK = (*_OWN, *who("creator"), *who("reviewer"), *who("blocked_on"))


_tasks = Prepared(lambda keys: Task.objects.filter(pk__in=keys).order_by().values_list(*_TASK))


_HELD, _NEEDED = 0, 1


def _around(keys: Sequence[UUID]) -> QuerySet[Any, Any]:
    """Who has these tasks, and what they wait for: two kinds of rows of one shape."""
    held = Assignment.objects.filter(task__in=keys).order_by()
    needed = Dependency.objects.filter(task__in=keys).order_by()
    nothing = [Value(""), Value(""), Value("")]
    return held.values_list("task_id", Value(_HELD), "pk", *who("actor")).union(
        needed.values_list("task_id", Value(_NEEDED), "pk", "needs_id", *nothing), all=True
    )


_neighbours = Prepared(_around)


def tasks_of(rows: QuerySet[Task]) -> list[dict[str, Any]]:
    """The tasks with their assignees and what they wait for. Three queries."""
    return tasks_by_id(list(rows.values_list("pk", flat=True)))


def tasks_by_id(keys: Sequence[UUID]) -> list[dict[str, Any]]:
    """The same for tasks whose ids are known, in their order. Two queries."""
    found = {row[0]: row for row in _tasks.rows(keys)}
    held, needed = _sorted_out(_neighbours.rows(keys))
    own = len(_OWN)
    return [
        _dressed(
            dict(zip(_NAMES, row, strict=False)),
            creator=actor_in(row, own),
            reviewer=actor_in(row, own + 4),
            blocked_on=actor_in(row, own + 8),
            held=held.get(row[0], []),
            needed=needed.get(row[0], []),
        )
        for row in (found[key] for key in keys if key in found)
    ]


def task_of(task: Task) -> dict[str, Any]:
    """The same for a task as a verb has left it. One query, or none if the verb has asked."""
    known = task.around or around(task)
    return _dressed(
        _fields_of(task),
        creator=known.actors[task.creator_id],
        reviewer=known.actors.get(task.reviewer_id),
        blocked_on=known.actors.get(task.blocked_on_id),
        held=known.holders,
        needed=known.needs,
    )


def _sorted_out(
    rows: Sequence[Sequence[Any]],
) -> tuple[dict[UUID, list[Any]], dict[UUID, list[UUID]]]:
    """Who has which task, and which it waits for."""
    held: dict[UUID, list[Any]] = defaultdict(list)
    needed: dict[UUID, list[UUID]] = defaultdict(list)
    for row in sorted(rows, key=itemgetter(2)):
        if row[1] == _HELD:
            held[row[0]].append(actor_in(row, 3))
        else:
            needed[row[0]].append(row[3])
    return held, needed


def _dressed(
    task: dict[str, Any],
    *,
    creator: Any,
    reviewer: Any,
    blocked_on: Any,
    held: list[Any],
    needed: Iterable[UUID],
) -> dict[str, Any]:
    task["key"] = f"TASK-{task['number']:03d}"
    task["creator"], task["reviewer"], task["blocked_on"] = creator, reviewer, blocked_on
    task["assignees"] = held
    task["depends_on"] = sorted(needed)
    return task


def _fields_of(task: Task) -> dict[str, Any]:
    return {name: getattr(task, own) for own, name in zip(_OWN, _NAMES, strict=True)}


def task_of_new(task: Task, depends_on: Iterable[UUID]) -> dict[str, Any]:
    """The same for a task that was made a moment ago and that nobody has. No query."""
    return _dressed(
        _fields_of(task),
        creator=_actor_of(task.creator),
        reviewer=None,
        blocked_on=None,
        held=[],
        needed=depends_on,
    )


def messages_of(rows: QuerySet[Message]) -> list[dict[str, Any]]:
    """The messages with their reactions and files. Three queries."""
    own = (
        "id",
        "task_id",
        "kind",
        "body",
        "reply_to_id",
        "answered_at",
        "simulated",
        "created_at",
        "edited_at",
    )
    found = list(rows.values_list(*own, *who("author"), *who("asked")))
    if not found:
        return []
    keys = [row[0] for row in found]
    signs = _by_task(
        Reaction.objects.filter(message__in=keys)
        .order_by("sign", "actor__handle")
        .values_list("message_id", "sign", *who("actor")),
        lambda row: {"sign": row[1], "actor": actor_in(row, 2)},
    )
    files = _by_task(
        Attachment.objects.filter(message__in=keys)
        .order_by("created_at", "pk")
        .values_list("message_id", *_FILE),
        lambda row: _file(row[1:]),
    )
    names = ("id", "task", "kind", "body", "reply_to", *own[5:])
    return [
        {
            **dict(zip(names, row, strict=False)),
            "author": actor_in(row, len(own)),
            "asked": actor_in(row, len(own) + 4),
            "reactions": signs.get(row[0], []),
            "attachments": files.get(row[0], []),
        }
        for row in found
    ]


def message_of_new(message: Message) -> dict[str, Any]:
    """The same for a message that was posted a moment ago. No query."""
    return {
        "id": message.pk,
        "task": message.task_id,
        "kind": message.kind,
        "body": message.body,
        "reply_to": message.reply_to_id,
        "answered_at": message.answered_at,
        "simulated": message.simulated,
        "created_at": message.created_at,
        "edited_at": message.edited_at,
        "author": _actor_of(message.author),
        "asked": message.asked and _actor_of(message.asked),
        "reactions": [],
        "attachments": [],
    }


def _actor_of(actor: Actor) -> dict[str, Any]:
    return {name: getattr(actor, name) for name in ACTOR}


def attachments_of(rows: QuerySet[Attachment]) -> list[dict[str, Any]]:
    """The files, without their content. One query."""
    return [_file(row) for row in rows.values_list(*_FILE)]


def evidence_of(rows: QuerySet[Evidence]) -> list[dict[str, Any]]:
    """The pieces of evidence. One query."""
    own = ("id", "kind", "summary", "document", "document_version", "attachment", "created_at")
    return [
        {**dict(zip(own, row, strict=False)), "submitted_by": actor_in(row, len(own))}
        for row in rows.values_list(*own, *who("submitted_by"))
    ]


def reviews_of(rows: QuerySet[Review]) -> list[dict[str, Any]]:
    """The verdicts with the evidence that was looked at. Two queries."""
    own = ("id", "verdict", "reason", "checked", "run", "created_at")
    found = list(rows.values_list(*own, *who("reviewer")))
    seen = _by_task(
        Review.evidence.through.objects.filter(review__in=[row[0] for row in found])
        .order_by("pk")
        .values_list("review_id", "evidence_id"),
        lambda row: row[1],
    )
    return [
        {
            **dict(zip(own, row, strict=False)),
            "reviewer": actor_in(row, len(own)),
            "evidence": seen.get(row[0], []),
        }
        for row in found
    ]


def dependencies_of(rows: QuerySet[Dependency]) -> list[dict[str, Any]]:
    """What a task waits for. One query."""
    columns = ("needs_id", "needs__number", "needs__title", "needs__status")
    return [
        {"id": id, "number": number, "key": f"TASK-{number:03d}", "title": title, "status": status}
        for id, number, title, status in rows.values_list(*columns)
    ]


def _file(row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(("id", "message", *_FILE[2:]), row, strict=True))


def _by_task(rows: Iterable[Sequence[Any]], build: Any) -> dict[UUID, list[Any]]:
    """What `build` makes of each row, by the id that stands first in it."""
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(build(row))
    return found
