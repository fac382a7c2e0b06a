"""Where a task stands on the board, and what keeps it there."""

from accounts.models import Actor
from accounts.roles import require
from activity.log import record, verb
from agents import runs
from agents.models import Run
from agents.people import stewards
from core.clock import Now
from core.errors import Conflict, Forbidden, Invalid
from tasks.actions import assigning, reviewing
from tasks.actions.common import (
    change,
    lock,
    one_of,
    stop_runs,
    wake_actors,
    wake_orchestrators,
)
from tasks.actions.placing import STEP
from tasks.actions.progress import roll_up
from tasks.around import Around, around
from tasks.models import Dependency, Task


@verb
def move_task(
    *,
    actor: Actor,
    task: Task,
    status: str,
    before: Task | None = None,
    after: Task | None = None,
    expected_version: int | None = None,
    reason: str = "",
) -> Task:
    """Move a task to a status, and there between two others if they are named.

    What each status asks for: assigned, somebody to have it (without anybody, the agent
    that fits best gets it); in progress, nothing left to wait for; review, nothing; done,
    a review, which a person gives by this very move. The inbox takes it from everybody.
    Moving a task away from an agent that works on it stops that run.
    """
    require(actor, "work")
    one_of(status, Task.Status.values, field="status")
    task = lock(task, with_runs=True)
    if expected_version is not None and task.version != expected_version:
        raise Conflict(
            f"{task.key} was changed by somebody else meanwhile.",
            code="version_conflict",
            details={"version": task.version, "status": task.status},
        )
    place = _place(task, status, before, after)
    if status == task.status:
        if place is not None:
            task = _reorder(actor, task, place)
        return task
    came_from = task.status
    task = _enter(actor, task, status, reason)
    values = {} if place is None else {"position": place}
    if values:
        task = change(task, **values)
    if came_from == Task.Status.DONE and task.parent is not None:
        _reopen_above(actor, task.parent)
    return task


@verb
def block_task(*, actor: Actor, task: Task, reason: str, waits_on: Actor | None = None) -> Task:
    """Take a task out of dispatch until somebody unblocks it, and tell who can.

    A block needs a reason and an owner: without one named, the workspace's stewards.
    """
    require(actor, "work")
    if not reason.strip():
        raise Invalid("Say what it waits for.", field="reason")
    task = lock(task)
    if task.done:
        raise Conflict(f"{task.key} is done; it cannot be blocked.", code="task_done")
    told = [waits_on] if waits_on else stewards(task.workspace_id)
    task = change(
        task,
        blocked_at=Now(),
        blocked_reason=reason.strip()[:300],
        blocked_on=waits_on or (told[0] if told else None),
    )
    record(
        actor=actor,
        verb="task.blocked",
        message=f"blocked {task.key} {task.title}: {task.blocked_reason}",
        task=task,
        data={"reason": task.blocked_reason},
        notify={"blocked": told},
    )
    return task


@verb
def unblock_task(*, actor: Actor, task: Task, note: str = "") -> Task:
    """Let a blocked task go on, with a clean slate: its failures and refusals are forgotten."""
    require(actor, "work")
    task = lock(task)
    if not task.blocked:
        return task
    task = change(
        task,
        blocked_at=None,
        blocked_reason="",
        blocked_on=None,
        failures=0,
        sent_back=0,
        retry_at=None,
    )
    record(
        actor=actor,
        verb="task.unblocked",
        message=f"unblocked {task.key} {task.title}" + (f": {note}" if note else ""),
        task=task,
        data={"note": note},
    )
    wake_actors([*task.assignees.all(), *([task.reviewer] if task.reviewer else [])], "unblocked")
    wake_orchestrators(task, f"{task.key} was unblocked")
    return task


@verb
def retry_task(*, actor: Actor, task: Task) -> Task:
    """Try a task again now, whatever it was waiting for after a failure."""
    require(actor, "work")
    task = lock(task, with_runs=True)
    task = change(unblock_task(actor=actor, task=task), retry_at=None, failures=0)
    waiting = Run.objects.filter(task=task, state="waiting", wait_for__in=["provider", "budget"])
    for run_id in list(waiting.order_by("pk").values_list("pk", flat=True)):
        runs.resume_run(run_id)
    wake_actors(task.assignees.all(), f"{task.key} is to be tried again")
    return task


def unmet(task: Task) -> list[Task]:
    """The tasks that this one still waits for."""
    return [
        row.needs
        for row in Dependency.objects.filter(task=task)
        .exclude(needs__status=Task.Status.DONE)
        .select_related("needs")
        .order_by("needs__number")
    ]


def _enter(actor: Actor, task: Task, status: str, reason: str) -> Task:
    found: Around | None = None
    if task.done:
        # Opened again first: what is done can neither be assigned nor begun.
        task = change(task, status=Task.Status.INBOX, done_at=None)
    if status == Task.Status.REVIEW:
        return reviewing.submit_for_review(actor=actor, task=task, summary=reason)
    if status == Task.Status.DONE:
        return _finish(actor, task, reason)
    if status == Task.Status.INBOX:
        stop_runs(actor, task, reason=f"{task.key} was moved to the inbox")
        task.assignments.all().delete()
    if status == Task.Status.ASSIGNED:
        if task.status == Task.Status.INBOX and not task.assignments.exists():
            return assigning.assign_task(actor=actor, task=task)
        stop_runs(actor, task, reason=f"{task.key} was moved to assigned")
    if status == Task.Status.IN_PROGRESS:
        found = around(task)
        _check_can_start(task, found)
        if not found.holders:
            assigning.assign_task(
                actor=actor, task=task, assignees=[actor] if actor.is_person else None
            )
            found = around(task)
    task = change(
        task,
        status=status,
        moved_at=Now(),
        done_at=None,
        reviewer=None,
        **({"started_at": Now()} if status == Task.Status.IN_PROGRESS else {}),
    )
    record(
        actor=actor,
        verb="task.moved",
        message=f"moved {task.key} {task.title} to {task.get_status_display()}"
        + (f": {reason}" if reason else ""),
        task=task,
        data={"to": status},
    )
    if status == Task.Status.INBOX:
        wake_orchestrators(task, f"{task.key} is in the inbox")
    else:
        task.around = found or around(task)
        runs.wake_all(task.around.agents, f"{task.key} was moved to {status}")
    if task.parent is not None:
        roll_up(task.parent)
    return task


def _finish(actor: Actor, task: Task, reason: str) -> Task:
    """A person who drops a card on done has reviewed it; an agent goes through the review."""
    if actor.is_agent:
        raise Forbidden(
            "Agents do not move tasks to done. Submit it for review.", code="review_needed"
        )
    _check_can_start(task, around(task))
    if task.status != Task.Status.REVIEW:
        task = reviewing.submit_for_review(actor=actor, task=task, summary=reason, reviewer=actor)
    return reviewing.review_task(
        actor=actor, task=task, verdict="approve", reason=reason or "Moved to done by hand."
    )


def _check_can_start(task: Task, found: Around) -> None:
    if task.kind == Task.Kind.PHASE:
        raise Conflict(f"{task.key} is a phase; it begins with its tasks.", field="status")
    open_needs = found.unmet
    if open_needs:
        names = ", ".join(open_needs[:5])
        raise Conflict(
            f"{task.key} waits for {names}, which {'is' if len(open_needs) == 1 else 'are'} "
            "not done yet.",
            code="waits_for_others",
            field="status",
            details={"waits_for": open_needs},
        )


def _place(task: Task, status: str, before: Task | None, after: Task | None) -> float | None:
    """The position between two neighbours; `before` is the card that will follow."""
    for neighbour in (before, after):
        if neighbour is not None and neighbour.workspace_id != task.workspace_id:
            raise Invalid("There is no such task in this workspace.", field="before")
    if before is not None and after is not None:
        return (before.position + after.position) / 2
    if before is not None:
        return before.position - STEP
    if after is not None:
        return after.position + STEP
    return None


def _reorder(actor: Actor, task: Task, place: float) -> Task:
    if task.position == place:
        return task
    task = change(task, position=place)
    record(
        actor=actor,
        verb="task.reordered",
        message=f"moved {task.key} within {task.get_status_display()}",
        task=task,
    )
    return task


def _reopen_above(actor: Actor, parent: Task) -> None:
    """A task that is open again cannot lie below one that is done."""
    parent = lock(parent)
    if not parent.done:
        return
    parent = change(parent, status=Task.Status.IN_PROGRESS, moved_at=Now(), done_at=None)
    record(
        actor=actor,
        verb="task.moved",
        message=f"reopened {parent.key} {parent.title} with its subtask",
        task=parent,
        data={"to": parent.status},
    )
    if parent.parent is not None:
        _reopen_above(actor, parent.parent)
