"""What the verbs of the board share."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F

from accounts.models import Actor
from agents import runs
from agents.models import Agent, Run
from core.clock import Now
from core.errors import Invalid, NotFound
from core.prepared import Prepared
from core.statements import count_up, update_and_read
from tasks.models import Assignment, Task, TaskCounter

# The distance between two cards put one behind the other.
STEP = 1024.0


_COLUMNS = [field.attname for field in Task._meta.concrete_fields]
# Rows that refer to the task may be written meanwhile: its key does not change.
_locked = Prepared(
    lambda tasks: (
        Task.objects.filter(pk__in=tasks)
        .order_by()
        .select_for_update(no_key=True)
        .values_list(*_COLUMNS)
    )
)
_live_runs = Prepared(
    lambda tasks: (
        Run.objects.live()
        .filter(task__in=tasks)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk")
    )
)
_agents_of_actors = Prepared(
    lambda actors: Agent.objects.present().filter(actor__in=actors).order_by().values_list("pk")
)
_orchestrators = Prepared(
    lambda workspaces: (
        Agent.objects.present()
        .filter(workspace__in=workspaces, duty=Agent.Duty.ORCHESTRATOR)
        .order_by()
        .values_list("pk")
    )
)
_holders = Prepared(
    lambda tasks: (
        Assignment.objects.filter(task__in=tasks)
        .order_by("created_at")
        .values_list("actor_id", "actor__agent__id", "actor__agent__retired_at")
    )
)


def lock(task: Task, *, with_runs: bool = False) -> Task:
    """The task as it is now, its row held until commit. Raises NotFound when it is gone.

    Whoever may stop what is under way on the task asks for its runs as well: a worker holds
    its run before the task, and two who take the same locks in the opposite order wait for
    each other.
    """
    if with_runs:
        _live_runs.rows([task.pk])
    rows = _locked.rows([task.pk])
    held = Task.from_db("default", _COLUMNS, rows[0]) if rows else None
    if held is None or held.workspace_id != task.workspace_id:
        raise NotFound("There is no such task; it may have been deleted.")
    if Task.workspace.is_cached(task):
        held.workspace = task.workspace
    return held


def hold_graph(task: Task) -> None:
    """Be the only one, until commit, who changes how the tasks of the workspace hang together.

    Two who each add half of a circle would not see it.
    """
    TaskCounter.objects.get_or_create(workspace_id=task.workspace_id)
    counter = TaskCounter.objects.select_for_update(no_key=True)
    counter.filter(workspace_id=task.workspace_id).first()


def change(task: Task, **values: Any) -> Task:
    """Set fields of a locked task and raise its version. Returns the task as it is then."""
    values = {"version": F("version") + 1, "updated_at": Now(), **values}
    # What the database reckons is read back; everything else is as it was given.
    reckoned = [name for name, value in values.items() if hasattr(value, "resolve_expression")]
    back = update_and_read(Task.objects.filter(pk=task.pk), values, reckoned)
    if back is None:
        raise NotFound("This task has been deleted.")
    fresh = copy(task)
    fresh._state = copy(task._state)
    fresh._state.fields_cache = dict(task._state.fields_cache)
    for name, value in {**values, **back}.items():
        if not hasattr(value, "resolve_expression"):
            setattr(fresh, name, value)
    return fresh


def next_numbers(workspace_id: UUID, count: int = 1) -> int:
    """Take the next `count` task numbers of a workspace; returns the first of them."""
    return next_place(workspace_id, count).number


@dataclass(frozen=True)
class Place:
    """Where a new task goes: its number, and behind which position in the inbox.

    `watched` says whether somebody hands out work in the workspace.
    """

    number: int
    last: float
    watched: bool


def next_place(workspace_id: UUID, count: int = 1) -> Place:
    """Take the next `count` task numbers, and look where new tasks go. One statement."""
    key = TaskCounter._meta.pk.get_db_prep_value(workspace_id, connection)
    also = [(_last_position(), [key]), (_watched(), [key])]
    found = count_up(TaskCounter, workspace_id, "last", count, also=also)
    if found is None:
        TaskCounter.objects.get_or_create(workspace_id=workspace_id)
        found = count_up(TaskCounter, workspace_id, "last", count, also=also)
        assert found is not None
    return Place(found[0] - count + 1, found[1] or 0.0, bool(found[2]))


@cache
def _last_position() -> str:
    table = connection.ops.quote_name(Task._meta.db_table)
    return f"(SELECT MAX(position) FROM {table} WHERE status = 'inbox' AND workspace_id = %s)"


@cache
def _watched() -> str:
    table = connection.ops.quote_name(Agent._meta.db_table)
    return (
        f"EXISTS(SELECT 1 FROM {table} WHERE duty = 'orchestrator' AND retired_at IS NULL"
        " AND workspace_id = %s)"
    )


def wake_actors(actors: Iterable[Actor], reason: str) -> None:
    """Wake those among `actors` that are agents."""
    keys = [actor.pk for actor in actors if actor.is_agent]
    runs.wake_all([row[0] for row in _agents_of_actors.rows(keys)], reason)


@dataclass(frozen=True)
class Holders:
    """Who has a task: how many, and which of them are agents in service."""

    count: int
    agents: list[UUID]


def holders_of(task: Task) -> Holders:
    """Who has a task. One query."""
    rows = _holders.rows([task.pk])
    return Holders(len(rows), [agent for _, agent, retired in rows if agent and not retired])


def wake_orchestrators(task: Task, reason: str) -> None:
    """Wake those who hand out work."""
    runs.wake_all([row[0] for row in _orchestrators.rows([task.workspace_id])], reason)


def stop_runs(actor: Actor, task: Task, *, reason: str) -> None:
    """Stop what is under way on a task that is being taken elsewhere."""
    if not _live_runs.rows([task.pk]):
        return
    runs.cancel_all(actor=actor, runs=Run.objects.filter(task=task), reason=reason, hold=False)


def one_of(value: str, choices: Iterable[str], *, field: str) -> str:
    """`value`, if it is one of `choices`. Raises Invalid naming the field and the choices."""
    known = list(choices)
    if value not in known:
        raise Invalid(
            f"“{value}” is no {field.replace('_', ' ')}. It can be {', '.join(known)}.", field=field
        )
    return value
