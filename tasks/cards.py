"""What a card on the board shows, gathered for many tasks in a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from accounts.models import Actor
from activity.models import Activity
from agents.models import Run
from tasks.models import Assignment, Dependency, Evidence, Task

# A card without any sign of life for this long is pale, then alarming.
QUIET, STALE = timedelta(minutes=30), timedelta(hours=4)
WATCHED = (Task.Status.ASSIGNED, Task.Status.IN_PROGRESS, Task.Status.REVIEW)


@dataclass
class Face:
    """An assignee as an avatar shows it."""

    handle: str
    name: str
    kind: str


@dataclass
class Card:
    """One task as the board shows it."""

    task: Task
    faces: list[Face] = field(default_factory=list)
    children: int = 0
    children_done: int = 0
    cost: int = 0
    evidence: int = 0
    run: Run | None = None
    waits_for: list[str] = field(default_factory=list)
    latest: Activity | None = None

    @property
    def lane(self) -> str:
        """Whose lane it lies in: the first assignee's."""
        return self.faces[0].handle if self.faces else ""

    @property
    def order(self) -> float:
        """Ascending from the top of its column; the newest done task is first."""
        done_at = self.task.done_at
        if self.task.done and done_at:
            return -done_at.timestamp()
        return self.task.position

    @property
    def steps(self) -> tuple[int, int]:
        """Finished and all parts: subtasks where there are any, else the checklist."""
        if self.children:
            return self.children_done, self.children
        items: list[dict[str, Any]] = self.task.checklist or []
        return sum(1 for item in items if item.get("done")), len(items)

    @property
    def seen_at(self) -> datetime:
        """The newest sign of life."""
        return (
            max(self.task.moved_at, self.latest.created_at) if self.latest else (self.task.moved_at)
        )

    @property
    def doing(self) -> str:
        """The newest activity without the name of the task, which stands above it."""
        if self.latest is None:
            return ""
        task, message = self.task, self.latest.message
        short = message.replace(f"{task.key} {task.title}", "it").replace(task.key, "it")
        return short.replace("handed in it", "handed it in")

    @property
    def working(self) -> str:
        """What the agent at work did last, as far as its log says."""
        if self.run is None or self.latest is None:
            return "is working on it"
        own = self.latest.actor_id == self.run.agent.actor_id
        return self.doing if own and self.latest.verb != "run.started" else "is working on it"

    @property
    def staleness(self) -> str:
        """ "", "quiet" or "stale"; a task with a live run or one that nobody has is neither."""
        working = self.run is not None and self.run.state == Run.State.RUNNING
        if self.task.status not in WATCHED or working:
            return ""
        silent = timezone.now() - self.seen_at
        return "stale" if silent > STALE else "quiet" if silent > QUIET else ""

    @property
    def waiting(self) -> str:
        """Why it does not move, in a few words; empty while it moves or is done."""
        task, run = self.task, self.run
        if task.done:
            return ""
        if task.blocked:
            return task.blocked_reason or "Blocked"
        if run is not None and run.state == Run.State.WAITING:
            return run.reason or f"Waits for {run.wait_for}"
        if self.waits_for:
            more = len(self.waits_for) - 1
            return f"Needs {self.waits_for[0]}" + (f" and {more} more" if more else "")
        if task.retry_at and task.retry_at > timezone.now():
            return "Tries again soon after a failed run"
        return ""


def cards(tasks: Iterable[Task]) -> list[Card]:
    """The cards of `tasks`, in their order. Seven queries, however many there are."""
    by_id = {task.pk: Card(task) for task in tasks}
    if not by_id:
        return []
    keys = list(by_id)
    _assignees(by_id, keys)
    below = Task.objects.filter(parent__in=keys).values_list("parent")
    finished = Count("pk", filter=Q(status="done"))
    for parent, number, done in below.annotate(parts=Count("pk"), finished=finished).order_by():
        card = by_id[_known(parent)]
        card.children, card.children_done = number, done
    runs = Run.objects.filter(task__in=keys)
    for task, cost in runs.values_list("task").annotate(sum=Sum("cost")).order_by():
        by_id[_known(task)].cost = cost or 0
    for run in runs.live().select_related("agent__actor"):
        _keep_liveliest(by_id[_known(run.task_id)], run)
    evidence = Evidence.objects.filter(task__in=keys).values_list("task")
    for task, number in evidence.annotate(pieces=Count("pk")).order_by():
        by_id[_known(task)].evidence = number
    for need in (
        Dependency.objects.filter(task__in=keys)
        .exclude(needs__status="done")
        .order_by("needs__number")
        .values_list("task", "needs__number")
    ):
        by_id[need[0]].waits_for.append(f"TASK-{need[1]:03d}")
    for activity in _latest(keys):
        by_id[_known(activity.task_id)].latest = activity
    return list(by_id.values())


def _assignees(by_id: dict[UUID, Card], keys: list[UUID]) -> None:
    rows = (
        Assignment.objects.filter(task__in=keys)
        .order_by("created_at")
        .values_list("task", "actor__handle", "actor__name", "actor__kind")
    )
    for task, handle, name, kind in rows:
        by_id[task].faces.append(Face(handle, name, kind))


def _keep_liveliest(card: Card, run: Run) -> None:
    """A task may be worked on and reviewed; what runs is shown before what waits."""
    rank = [Run.State.RUNNING, Run.State.WAITING, Run.State.QUEUED]
    if card.run is None or rank.index(Run.State(run.state)) < rank.index(Run.State(card.run.state)):
        card.run = run


def _latest(keys: list[UUID]) -> QuerySet[Activity]:
    """The newest activity of each task, with whoever did it."""
    newest = Activity.objects.filter(task=OuterRef("pk")).order_by("-number").values("pk")[:1]
    picked = Task.objects.filter(pk__in=keys).values_list(Subquery(newest))
    return Activity.objects.filter(pk__in=picked).select_related("actor")


def _known(key: UUID | None) -> UUID:
    assert key is not None
    return key


def face_of(actor: Actor) -> Face:
    """An actor as an avatar shows it."""
    return Face(actor.handle, actor.name, actor.kind)
