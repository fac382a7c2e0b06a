"""What stands around a task: who has it, what it waits for, whom it names. One query.

Verbs ask before they decide, the API when it answers; a verb that has asked leaves what it
found with the task, so that its answer asks nothing again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, IntegerField, QuerySet, UUIDField, Value
from django.db.models.functions import Cast

from accounts.models import Actor
from core.prepared import Prepared
from tasks.models import Assignment, Dependency, Task

ACTOR = ("id", "handle", "name", "kind")
_HELD, _NEEDED, _NAMED = 0, 1, 2


@dataclass(frozen=True)
class Around:
    """What stands around one task.

    `holders` are all who have it, as they are sent; `agents` those of them that are agents in
    service. `needs` are the ids of what it depends on, `unmet` the keys of those not done yet.
    `actors` has whom the task names, by their ids.
    """

    holders: list[dict[str, Any] | None]
    agents: list[UUID]
    needs: list[UUID]
    unmet: list[str]
    actors: dict[UUID | None, dict[str, Any] | None]


def around(task: Task) -> Around:
    """What stands around a task now."""
    named = [key for key in (task.creator_id, task.reviewer_id, task.blocked_on_id) if key]
    rows = sorted(_rows.rows([task.pk], named), key=itemgetter(_ORDER))
    held = [row for row in rows if row[_KIND] == _HELD]
    needed = [row for row in rows if row[_KIND] == _NEEDED]
    waits = sorted(row[_NUMBER] for row in needed if row[_STATUS] != Task.Status.DONE)
    return Around(
        holders=[actor_in(row, _ID) for row in held],
        agents=[row[_AGENT] for row in held if row[_AGENT] and not row[_RETIRED]],
        needs=sorted(row[_ID] for row in needed),
        unmet=[f"TASK-{number:03d}" for number in waits],
        actors={row[_ID]: actor_in(row, _ID) for row in rows if row[_KIND] == _NAMED},
    )


def who(field: str) -> tuple[str, ...]:
    """The columns of the actor in `field`, for `actor_in`."""
    return tuple(f"{field}__{name}" for name in ACTOR)


def actor_in(row: Sequence[Any], at: int) -> dict[str, Any] | None:
    """The actor whose four columns begin at `at`."""
    if row[at] is None:
        return None
    return {"id": row[at], "handle": row[at + 1], "name": row[at + 2], "kind": row[at + 3]}


# Three kinds of rows of one shape. The status of what is needed stands where actors have their
# handle.
_KIND, _ORDER, _ID, _STATUS, _, _, _AGENT, _RETIRED, _NUMBER = range(9)


def _compose(tasks: Sequence[UUID], actors: Sequence[UUID]) -> QuerySet[Any, Any]:
    none = (Cast(Value(None), UUIDField()), Cast(Value(None), DateTimeField()))
    zero = Value(0, IntegerField())
    held = Assignment.objects.filter(task__in=tasks).order_by()
    needed = Dependency.objects.filter(task__in=tasks).order_by()
    named = Actor.objects.filter(pk__in=actors).order_by()
    return held.values_list(
        Value(_HELD), "pk", *who("actor"), "actor__agent__id", "actor__agent__retired_at", zero
    ).union(
        needed.values_list(
            Value(_NEEDED),
            "pk",
            "needs_id",
            "needs__status",
            Value(""),
            Value(""),
            *none,
            "needs__number",
        ),
        named.values_list(Value(_NAMED), "pk", *ACTOR, *none, zero),
        all=True,
    )


_rows = Prepared(_compose)
