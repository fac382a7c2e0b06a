"""What the verbs of the board share."""

from collections.abc import Iterable, Sequence
from copy import copy
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import IntegerField, Subquery

from accounts.models import Actor
from activity.log import origin
from agents import runs
from agents.models import Agent, Run
from core.clock import Now
from core.errors import Invalid, NotFound
from core.prepared import Prepared
from core.statements import set_fields
from tasks.models import Task, TaskCounter

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


def _live(tasks: Any, *, nowait: bool) -> Any:
    live = Run.objects.live().filter(task__in=tasks).order_by("pk")
    return live.select_for_update(no_key=True, nowait=nowait).values_list("pk")


_live_runs = Prepared(partial(_live, nowait=False))
_live_runs_at_once = Prepared(partial(_live, nowait=True))


class _HowMany(Subquery):
    """The number of rows that a query finds, all of which it locks where it says so."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) found)"
    output_field = IntegerField()


# A database takes the locks of a subquery of the columns before that of the row they belong to.
_locked_with_runs = Prepared(
    lambda tasks: (
        Task.objects.filter(pk__in=tasks)
        .order_by()
        .select_for_update(no_key=True)
        .annotate(live=_HowMany(_live(tasks, nowait=False)))
        .values_list(*_COLUMNS, "live")
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


def lock(task: Task, *, with_runs: bool = False) -> Task:
    """The task as it is now, its row held until commit. Raises NotFound when it is gone.

    Whoever may stop what is under way on the task asks for its runs as well: a worker holds
    its run before the task, and two who take the same locks in the opposite order wait for
    each other.
    """
    together = with_runs and origin().run_id is None
    idle = with_runs and not together and not hold_runs([task.pk])
    rows = (_locked_with_runs if together else _locked).rows([task.pk])
    held = Task.from_db("default", _COLUMNS, rows[0][: len(_COLUMNS)]) if rows else None
    if held is None or held.workspace_id != task.workspace_id:
        raise NotFound("There is no such task; it may have been deleted.")
    held.idle = not rows[0][-1] if together else idle
    if Task.workspace.is_cached(task):
        held.workspace = task.workspace
    return held


def hold_runs(tasks: Sequence[UUID]) -> bool:
    """Hold the live runs of these tasks until commit. Returns whether there are any.

    An agent that works on one of them holds its own run already, so it may come upon the
    others in any order. It therefore waits for none: where somebody has one, all that was
    done is undone and done anew a moment later.
    """
    within_a_run = origin().run_id is not None
    return bool((_live_runs_at_once if within_a_run else _live_runs).rows(tasks))


def hold_graph(task: Task) -> None:
    """Be the only one, until commit, who changes how the tasks of the workspace hang together.

    Two who each add half of a circle would not see it.
    """
    TaskCounter.objects.get_or_create(workspace_id=task.workspace_id)
    counter = TaskCounter.objects.select_for_update(no_key=True)
    counter.filter(workspace_id=task.workspace_id).first()


def change(task: Task, **values: Any) -> Task:
    """Set fields of a locked task and raise its version. Returns the task as it is then."""
    values = {"updated_at": Now(), **values}
    back = set_fields(Task, task.pk, values, raised="version")
    if back is None:
        raise NotFound("This task has been deleted.")
    fresh = copy(task)
    fresh._state = copy(task._state)
    fresh._state.fields_cache = dict(task._state.fields_cache)
    fresh.around = None
    for name, value in {**values, **back}.items():
        if not hasattr(value, "resolve_expression"):
            setattr(fresh, name, value)
    return fresh


def wake_actors(actors: Iterable[Actor], reason: str) -> None:
    """Wake those among `actors` that are agents."""
    keys = [actor.pk for actor in actors if actor.is_agent]
    runs.wake_all([row[0] for row in _agents_of_actors.rows(keys)], reason)


def wake_orchestrators(task: Task, reason: str) -> None:
    """Wake those who hand out work."""
    runs.wake_all([row[0] for row in _orchestrators.rows([task.workspace_id])], reason)


def stop_runs(actor: Actor, task: Task, *, reason: str) -> None:
    """Stop what is under way on a task that is being taken elsewhere."""
    if task.idle or not hold_runs([task.pk]):
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
