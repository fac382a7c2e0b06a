"""Verbs on what a task waits for."""

from collections.abc import Sequence

from accounts.models import Actor
from accounts.roles import require
from activity.log import record, verb
from core.errors import Conflict
from tasks.actions.common import change, hold_graph, lock, wake_actors
from tasks.graph import check_acyclic
from tasks.models import Dependency, Task


@verb
def add_dependency(*, actor: Actor, task: Task, needs: Task) -> Task:
    """Let a task wait for another one. Refuses circles and tasks that are done."""
    require(actor, "work")
    task = lock(task)
    if task.done:
        raise Conflict(f"{task.key} is done; it waits for nothing.", field="depends_on")
    hold_graph(task)
    check_acyclic(task, [needs])
    _, made = Dependency.objects.get_or_create(task=task, needs=needs)
    if made:
        task = change(task)
        record(
            actor=actor,
            verb="task.dependency_added",
            message=f"let {task.key} wait for {needs.key}",
            task=task,
            data={"needs": str(needs.pk)},
        )
    return task


@verb
def remove_dependency(*, actor: Actor, task: Task, needs: Task) -> Task:
    """Let a task no longer wait for another one; it may start by that."""
    require(actor, "work")
    task = lock(task)
    removed, _ = Dependency.objects.filter(task=task, needs=needs).delete()
    if removed:
        task = change(task)
        record(
            actor=actor,
            verb="task.dependency_removed",
            message=f"let {task.key} no longer wait for {needs.key}",
            task=task,
            data={"needs": str(needs.pk)},
        )
        wake_actors(task.assignees.all(), f"{task.key} waits for less")
    return task


@verb
def set_dependencies(*, actor: Actor, task: Task, needs: Sequence[Task]) -> Task:
    """Let a task wait for exactly these. Refuses circles; what it keeps is left alone."""
    wanted = {other.pk for other in needs}
    present = list(Task.objects.filter(dependents__task=task))
    for other in present:
        if other.pk not in wanted:
            task = remove_dependency(actor=actor, task=task, needs=other)
    known = {other.pk for other in present}
    for other in needs:
        if other.pk not in known:
            task = add_dependency(actor=actor, task=task, needs=other)
    return task
