"""Dependencies as a graph without cycles."""

from collections.abc import Collection, Iterable
from uuid import UUID

from core.errors import Invalid
from tasks.models import Dependency, Task


def check_acyclic(task: Task, needs: Collection[Task]) -> None:
    """Raise Invalid, naming the circle, if `task` could not wait for all of `needs`.

    Reads the dependencies of one level at a time: as many queries as the chain is long.
    """
    for other in needs:
        if other.pk == task.pk:
            raise Invalid(f"{task.key} cannot wait for itself.", field="depends_on", code="cycle")
        if other.workspace_id != task.workspace_id:
            raise Invalid("There is no such task in this workspace.", field="depends_on")
    path = _path({other.pk for other in needs}, task.pk)
    if path:
        names = dict(Task.objects.filter(pk__in=path).values_list("pk", "number"))
        chain = " → ".join(f"TASK-{names[key]:03d}" for key in [task.pk, *path])
        raise Invalid(
            f"That would make a circle: {chain}.",
            field="depends_on",
            code="cycle",
            details={"cycle": chain},
        )


def check_parent(task: Task, parent: Task) -> None:
    """Raise Invalid if `parent` is `task` itself or lies below it."""
    above: Task | None = parent
    while above is not None:
        if above.pk == task.pk:
            raise Invalid(f"{task.key} cannot lie below itself.", field="parent_task", code="cycle")
        above = above.parent


def _path(start: Iterable[UUID], target: UUID) -> list[UUID]:
    """The way from one of `start` to `target` along what tasks need, or nothing."""
    came_from: dict[UUID, UUID | None] = dict.fromkeys(start)
    level = list(came_from)
    while level:
        edges = Dependency.objects.filter(task__in=level).values_list("task_id", "needs_id")
        level = []
        for task_id, needs_id in edges:
            if needs_id in came_from:
                continue
            came_from[needs_id] = task_id
            if needs_id == target:
                return _trace(came_from, target)
            level.append(needs_id)
    return []


def _trace(came_from: dict[UUID, UUID | None], target: UUID) -> list[UUID]:
    path: list[UUID] = []
    step: UUID | None = target
    while step is not None:
        path.append(step)
        step = came_from[step]
    return path[::-1]
