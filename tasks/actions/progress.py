"""What follows when a task reaches another status: its parent, its successors."""

from django.db.models import Count, Q

from accounts.actions import system_actor
from activity.log import record
from agents.models import Agent
from core.clock import Now
from tasks.actions.common import change, lock, wake_actors, wake_orchestrators
from tasks.models import Evidence, Review, Task


def after_done(task: Task) -> None:
    """Start what waited for this task, and finish its parent when it was the last."""
    start_successors(task)
    if task.parent is not None:
        roll_up(task.parent)


def start_successors(task: Task) -> None:
    """Wake those who have a task that waited for nothing but this one."""
    waiting = Task.objects.filter(dependencies__needs=task).open().ready()
    for successor in waiting.prefetch_related("assignees"):
        record(
            actor=system_actor(task.workspace),
            verb="task.unblocked",
            message=f"{successor.key} can start: {task.key} is done",
            task=successor,
            data={"by": str(task.pk)},
        )
        wake_actors(successor.assignees.all(), f"{successor.key} can start")
        if successor.status == Task.Status.INBOX:
            wake_orchestrators(successor, f"{successor.key} can start")


def roll_up(parent: Task) -> None:
    """Bring a task with children to where its children are."""
    parent = lock(parent)
    counts = parent.children.aggregate(
        all=Count("pk"),
        done=Count("pk", filter=Q(status="done")),
        begun=Count("pk", filter=Q(status__in=["in_progress", "review", "done"])),
    )
    if not counts["all"] or parent.done:
        return
    if counts["all"] == counts["done"]:
        _finish(parent, counts["all"])
    elif counts["begun"] and parent.status in (Task.Status.INBOX, Task.Status.ASSIGNED):
        parent = change(parent, status=Task.Status.IN_PROGRESS, moved_at=Now(), started_at=Now())
        record(
            actor=system_actor(parent.workspace),
            verb="task.moved",
            message=f"{parent.key} {parent.title} has begun",
            task=parent,
            data={"to": parent.status},
        )
        if parent.parent is not None:
            roll_up(parent.parent)


def _finish(parent: Task, count: int) -> None:
    system = system_actor(parent.workspace)
    evidence = Evidence.objects.create(
        task=parent,
        kind=Evidence.Kind.CHILDREN,
        summary=f"All {count} subtasks are done.",
        submitted_by=system,
    )
    review = Review.objects.create(
        task=parent,
        reviewer=system,
        verdict=Review.Verdict.APPROVED,
        reason="Every subtask passed its own review.",
    )
    review.evidence.add(evidence)
    parent = change(
        parent,
        status=Task.Status.DONE,
        moved_at=Now(),
        done_at=Now(),
        blocked_at=None,
        blocked_reason="",
        blocked_on=None,
    )
    record(
        actor=system,
        verb="task.done",
        message=f"finished {parent.key} {parent.title}: all {count} subtasks are done",
        task=parent,
        data={"to": parent.status, "children": count},
    )
    after_done(parent)


def choose_reviewer(task: Task) -> "Agent | None":
    """The reviewing agent with the least to review, never one that did the work."""
    return (
        Agent.objects.present()
        .filter(workspace=task.workspace_id, duty=Agent.Duty.REVIEWER)
        .exclude(status=Agent.Status.PAUSED)
        .exclude(actor__assignments__task=task)
        .select_related("actor")
        .annotate(
            waiting=Count(
                "actor__tasks_to_review", filter=Q(actor__tasks_to_review__status="review")
            )
        )
        .order_by("waiting", "created_at")
        .first()
    )
