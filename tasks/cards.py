"""What a card on the board shows, gathered for many tasks in a fixed number of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.utils import timezone

from activity.models import Activity
from agents.models import Run
from core.prepared import Prepared
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


class LiveRun(NamedTuple):
    """A run under way, as a card tells of it."""

    state: str
    reason: str
    wait_for: str
    actor_id: UUID
    who: str


class Deed(NamedTuple):
    """The newest entry of the log about a task."""

    verb: str
    message: str
    actor_id: UUID | None
    created_at: datetime


@dataclass
class Card:
    """One task as the board shows it."""

    task: Task
    faces: list[Face] = field(default_factory=list)
    children: int = 0
    children_done: int = 0
    cost: int = 0
    evidence: int = 0
    run: LiveRun | None = None
    waits_for: list[str] = field(default_factory=list)
    latest: Deed | None = None

    @property
    def lane(self) -> str:
        """Whose lane it lies in: the first assignee's."""
        return self.faces[0].handle if self.faces else ""

    @property
    def owners(self) -> str:
        """The handles of all its assignees."""
        return " ".join(face.handle for face in self.faces)

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
        own = self.latest.actor_id == self.run.actor_id
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
    """The cards of `tasks`, in their order. Five queries, however many there are."""
    by_id = {task.pk: Card(task) for task in tasks}
    keys = list(by_id)
    for task, handle, name, kind, _ in sorted(_assignees.rows(keys), key=itemgetter(4)):
        by_id[task].faces.append(Face(handle, name, kind))
    for task, kind, all, part in _figures.rows(keys, keys, keys):
        _note(by_id[task], kind, int(all or 0), int(part))
    for task, *columns in _runs.rows(keys):
        _keep_liveliest(by_id[task], LiveRun(*columns))
    for task, number in sorted(_unmet.rows(keys), key=itemgetter(1)):
        by_id[task].waits_for.append(f"TASK-{number:03d}")
    for task, *columns in _latest.rows(keys):
        by_id[task].latest = Deed(*columns)
    return list(by_id.values())


_ON_A_CARD = {
    "id",
    "number",
    "title",
    "kind",
    "status",
    "priority",
    "parent_id",
    "checklist",
    "estimate_low",
    "estimate_high",
    "position",
    "blocked_at",
    "blocked_reason",
    "retry_at",
    "sent_back",
    "moved_at",
    "done_at",
}
# In the order of the model, in which it takes its values.
_SHOWN = tuple(field.attname for field in Task._meta.concrete_fields if field.attname in _ON_A_CARD)
_tasks = Prepared(
    lambda keys: Task.objects.filter(pk__in=keys).order_by().values_list(*_SHOWN, "parent__title")
)


def tasks_for_cards(keys: Sequence[UUID]) -> list[Task]:
    """The tasks with these ids, with what a card shows of them and nothing else. One query."""
    return [_loaded(row) for row in _tasks.rows(keys)]


def _loaded(row: Sequence[Any]) -> Task:
    *own, parent_title = row
    task: Task = Task.from_db("default", _SHOWN, own)
    if task.parent_id is not None:
        task.parent = Task.from_db("default", ("id", "title"), (task.parent_id, parent_title))
    return task


_assignees = Prepared(
    lambda keys: (
        Assignment.objects.filter(task__in=keys)
        .order_by()
        .values_list("task_id", "actor__handle", "actor__name", "actor__kind", "created_at")
    )
)
_runs = Prepared(
    lambda keys: (
        Run.objects.filter(task__in=keys)
        .live()
        .order_by()
        .values_list(
            "task_id", "state", "reason", "wait_for", "agent__actor_id", "agent__actor__name"
        )
    )
)
_unmet = Prepared(
    lambda keys: (
        Dependency.objects.filter(task__in=keys)
        .exclude(needs__status=Task.Status.DONE)
        .order_by()
        .values_list("task_id", "needs__number")
    )
)
_PARTS, _COST, _EVIDENCE = 0, 1, 2


def _counted(
    parents: Sequence[UUID], run_on: Sequence[UUID], shown_for: Sequence[UUID]
) -> QuerySet[Any, Any]:
    """Subtasks, spending and evidence of these tasks: three kinds of rows of one shape."""

    def rows(found: Any, by: str, kind: int, all: Any, part: Any) -> Any:
        grouped = found.order_by().values(by).annotate(kind=Value(kind), all=all, part=part)
        return grouped.values_list(by, "kind", "all", "part")

    done = Count("pk", filter=Q(status=Task.Status.DONE))
    parts = Task.objects.filter(parent__in=parents)
    runs = Run.objects.filter(task__in=run_on)
    evidence = Evidence.objects.filter(task__in=shown_for)
    found: QuerySet[Any, Any] = rows(parts, "parent_id", _PARTS, Count("pk"), done).union(
        rows(runs, "task_id", _COST, Sum("cost"), Count("pk")),
        rows(evidence, "task_id", _EVIDENCE, Count("pk"), Count("pk")),
        all=True,
    )
    return found


def _newest(keys: Sequence[UUID]) -> QuerySet[Any, Any]:
    """The newest activity of each task."""
    newest = Activity.objects.filter(task=OuterRef("pk")).order_by("-number").values("pk")[:1]
    picked = Task.objects.filter(pk__in=keys).order_by().values_list(Subquery(newest))
    rows = Activity.objects.filter(pk__in=picked).order_by()
    return rows.values_list("task_id", "verb", "message", "actor_id", "created_at")


_figures = Prepared(_counted)
_latest = Prepared(_newest)


def _note(card: Card, kind: int, all: int, part: int) -> None:
    if kind == _PARTS:
        card.children, card.children_done = all, part
    elif kind == _COST:
        card.cost = all
    else:
        card.evidence = all


def _keep_liveliest(card: Card, run: LiveRun) -> None:
    """A task may be worked on and reviewed; what runs is shown before what waits."""
    rank = [Run.State.RUNNING, Run.State.WAITING, Run.State.QUEUED]
    if card.run is None or rank.index(Run.State(run.state)) < rank.index(Run.State(card.run.state)):
        card.run = run
