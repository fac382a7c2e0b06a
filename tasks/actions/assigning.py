"""Who has a task."""

from collections.abc import Sequence

from accounts.models import Actor
from accounts.roles import require
from activity.log import record, verb
from core.clock import Now
from core.errors import Conflict, Invalid
from tasks.actions.common import change, lock, stop_runs, wake_actors, wake_orchestrators
from tasks.assignment import rank
from tasks.models import Assignment, Task


@verb
def assign_task(
    *, actor: Actor, task: Task, assignees: Sequence[Actor] | None = None, why: str = ""
) -> Task:
    """Give a task to exactly these actors, or, without any named, to the agent that fits best.

    Keeps the reasons. Moves a task in the inbox to assigned, wakes the agents among the new
    assignees and tells the people. An empty list takes it from everybody.
    """
    require(actor, "work")
    task = lock(task, with_runs=True)
    if task.done:
        raise Conflict(f"{task.key} is done; reopen it to assign it.", code="task_done")
    if task.kind == Task.Kind.PHASE:
        raise Invalid(f"{task.key} is a phase; assign its tasks.", field="assignee_ids")
    fits = {fit.actor.pk: fit for fit in rank(task)}
    if assignees is None:
        if not fits:
            raise Conflict(
                "No agent can take work now. Resume or create one.", code="nobody_available"
            )
        best = next(iter(fits.values()))
        assignees = [best.actor]
    _check(task, assignees)
    wanted = {assignee.pk: assignee for assignee in assignees}
    present = {row.actor_id: row for row in task.assignments.select_related("actor")}
    gone = [row for key, row in present.items() if key not in wanted]
    new = [assignee for key, assignee in wanted.items() if key not in present]
    if not gone and not new:
        return task
    if gone:
        stop_runs(actor, task, reason=f"{task.key} was given to somebody else")
        Assignment.objects.filter(pk__in=[row.pk for row in gone]).delete()
    Assignment.objects.bulk_create(
        Assignment(
            task=task,
            actor=assignee,
            assigned_by=actor,
            reasons={
                **(fits[assignee.pk].reasons() if assignee.pk in fits else {}),
                **({"why": why} if why else {}),
            },
        )
        for assignee in new
    )
    task = _follow(task, bool(wanted))
    names = ", ".join(f"@{assignee.handle}" for assignee in wanted.values())
    record(
        actor=actor,
        verb="task.assigned" if wanted else "task.unassigned",
        message=f"gave {task.key} {task.title} to {names}"
        if wanted
        else f"took {task.key} {task.title} from everybody",
        task=task,
        data={
            "assignees": [str(key) for key in wanted],
            "reasons": fits[new[0].pk].text if len(new) == 1 and new[0].pk in fits else why,
        },
        notify={"assignment": new},
    )
    wake_actors(new, f"{task.key} was assigned to it")
    if not wanted:
        wake_orchestrators(task, f"{task.key} has nobody")
    return task


@verb
def unassign_task(*, actor: Actor, task: Task) -> Task:
    """Take a task from everybody; it goes back to the inbox."""
    return assign_task(actor=actor, task=task, assignees=[])


def _follow(task: Task, held: bool) -> Task:
    """The status that having, or no longer having, somebody brings about."""
    if held and task.status == Task.Status.INBOX:
        return change(task, status=Task.Status.ASSIGNED, moved_at=Now())
    if not held and task.status in (Task.Status.ASSIGNED, Task.Status.IN_PROGRESS):
        return change(task, status=Task.Status.INBOX, moved_at=Now())
    return change(task)


def _check(task: Task, assignees: Sequence[Actor]) -> None:
    for assignee in assignees:
        if assignee.workspace_id != task.workspace_id:
            raise Invalid("There is no such actor in this workspace.", field="assignee_ids")
        if not assignee.active:
            raise Invalid(f"@{assignee.handle} is no longer here.", field="assignee_ids")
