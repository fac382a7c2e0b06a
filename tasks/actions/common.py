"""What the verbs of the board share."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F

from accounts.models import Actor
from agents import runs
from agents.models import Agent, Run
from core.clock import Now
from core.errors import Invalid, NotFound
from tasks.models import Task, TaskCounter

# The distance between two cards put one behind the other.
STEP = 1024.0


def lock(task: Task, *, with_runs: bool = False) -> Task:
    """The task as it is now, its row held until commit. Raises NotFound when it is gone.

    Whoever may stop what is under way on the task asks for its runs as well: a worker holds
    its run before the task, and two who take the same locks in the opposite order wait for
    each other.
    """
    if with_runs:
        runs_of = Run.objects.live().filter(task=task.pk).order_by("pk")
        list(runs_of.select_for_update(no_key=True).values_list("pk"))
    held = (
        # Rows that refer to the task may be written meanwhile: its key does not change.
        Task.objects.select_for_update(of=("self",), no_key=True)
        .select_related("workspace", "creator", "reviewer", "parent", "blocked_on")
        .filter(pk=task.pk)
        .first()
    )
    if held is None:
        raise NotFound("This task has been deleted.")
    return held


def hold_graph(task: Task) -> None:
    """Be the only one, until commit, who changes how the tasks of the workspace hang together.

    Two who each add half of a circle would not see it.
    """
    TaskCounter.objects.get_or_create(workspace_id=task.workspace_id)
    counter = TaskCounter.objects.select_for_update(no_key=True)
    counter.filter(workspace_id=task.workspace_id).first()


def change(task: Task, **values: Any) -> Task:
    """Set fields of a locked task and raise its version."""
    Task.objects.filter(pk=task.pk).update(version=F("version") + 1, updated_at=Now(), **values)
    fresh = Task.objects.select_related(
        "workspace", "creator", "reviewer", "parent", "blocked_on"
    ).get(pk=task.pk)
    return fresh


def next_numbers(workspace_id: Any, count: int = 1) -> int:
    """Take the next `count` task numbers of a workspace; returns the first of them."""
    TaskCounter.objects.get_or_create(workspace_id=workspace_id)
    TaskCounter.objects.filter(workspace_id=workspace_id).update(last=F("last") + count)
    last: int = TaskCounter.objects.values_list("last", flat=True).get(workspace_id=workspace_id)
    return last - count + 1


def wake_actors(actors: Iterable[Actor], reason: str) -> None:
    """Wake those among `actors` that are agents."""
    keys = [actor.pk for actor in actors if actor.is_agent]
    if keys:
        for agent in Agent.objects.present().filter(actor__in=keys):
            runs.wake(agent, reason)


def wake_orchestrators(task: Task, reason: str) -> None:
    """Wake those who hand out work."""
    duty = Agent.Duty.ORCHESTRATOR
    for agent in Agent.objects.present().filter(workspace=task.workspace_id, duty=duty):
        runs.wake(agent, reason)


def stop_runs(actor: Actor, task: Task, *, reason: str) -> None:
    """Stop what is under way on a task that is being taken elsewhere."""
    runs.cancel_all(actor=actor, runs=Run.objects.filter(task=task), reason=reason, hold=False)


def one_of(value: str, choices: Iterable[str], *, field: str) -> str:
    """`value`, if it is one of `choices`. Raises Invalid naming the field and the choices."""
    known = list(choices)
    if value not in known:
        raise Invalid(
            f"“{value}” is no {field.replace('_', ' ')}. It can be {', '.join(known)}.", field=field
        )
    return value
