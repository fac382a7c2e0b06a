"""The command center's numbers and lists, each part in a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, Sum, Value, When
from django.utils import timezone

from accounts.models import Workspace
from activity.feed import entries
from activity.models import Activity
from agents.cards import Card, cards, start_of_today
from agents.models import Agent, Budget, Run
from modules.models import Call
from tasks.models import Task

CYCLE_DAYS = 7
MOST_TASKS = 500
SHOWN_AGENTS = 9
SHOWN_PHASES = 12
SHOWN_ENTRIES = 14


@dataclass(frozen=True)
class Figures:
    """How the day goes. Times in seconds, money in microdollars."""

    done_today: int
    open_tasks: int
    running: int
    waiting: int
    queued: int
    agents: int
    active: int
    tokens: int
    spent_today: int
    budget: Budget | None
    cycle_s: float | None

    @property
    def budget_share(self) -> float:
        """How much of the workspace's budget for its present window is used, 0 to 1."""
        if self.budget is None or not self.budget.cost_limit:
            return 0.0
        used = self.budget.cost_spent + self.budget.cost_reserved
        return min(1.0, used / self.budget.cost_limit)


def figures(workspace: Workspace) -> Figures:
    """The figures of today. Six queries."""
    today = start_of_today()
    leaves = Task.objects.filter(workspace=workspace).exclude(kind=Task.Kind.PHASE)
    tasks = leaves.aggregate(
        done=Count("pk", filter=Q(done_at__gte=today, status="done")),
        open=Count("pk", filter=~Q(status="done")),
    )
    live = Run.objects.live().filter(workspace=workspace)
    runs = {
        row["state"]: row["n"] for row in live.order_by().values("state").annotate(n=Count("pk"))
    }
    team = Agent.objects.present().filter(workspace=workspace)
    people = team.aggregate(all=Count("pk"), active=Count("pk", filter=Q(status="active")))
    calls = Call.objects.filter(workspace=workspace, created_at__gte=today).aggregate(
        tokens=Sum("input_tokens") + Sum("output_tokens"), cost=Sum("cost")
    )
    return Figures(
        done_today=tasks["done"],
        open_tasks=tasks["open"],
        running=runs.get(Run.State.RUNNING, 0),
        waiting=runs.get(Run.State.WAITING, 0),
        queued=runs.get(Run.State.QUEUED, 0),
        agents=people["all"],
        active=people["active"],
        tokens=calls["tokens"] or 0,
        spent_today=calls["cost"] or 0,
        budget=Budget.objects.filter(workspace=workspace, agent=None).first(),
        cycle_s=_cycle(workspace),
    )


def _cycle(workspace: Workspace) -> float | None:
    """The median time from begun to done of what was finished in the last days."""
    since = timezone.now() - timedelta(days=CYCLE_DAYS)
    rows = (
        Task.objects.filter(workspace=workspace, status="done", done_at__gte=since)
        .exclude(kind=Task.Kind.PHASE)
        .filter(started_at__isnull=False)
        .order_by("-done_at")
        .values_list("started_at", "done_at")[:MOST_TASKS]
    )
    spans = [(done - begun).total_seconds() for begun, done in rows if begun and done]
    return median(spans) if spans else None


def team(workspace: Workspace) -> tuple[list[Card], int]:
    """The agents to look at first, and how many there are in all."""
    order = [Agent.Status.BLOCKED, Agent.Status.ACTIVE, Agent.Status.IDLE, Agent.Status.PAUSED]
    rank = Case(
        *(When(status=name, then=Value(place)) for place, name in enumerate(order)),
        default=Value(9),
        output_field=IntegerField(),
    )
    rows = Agent.objects.present().filter(workspace=workspace).select_related("actor")
    # Those that work stay where they are while they work: by status, then by age.
    shown = list(rows.order_by(rank, "created_at")[:SHOWN_AGENTS])
    for agent in shown:
        agent.workspace = workspace
    shown.sort(key=lambda agent: (agent.status == Agent.Status.PAUSED, agent.created_at))
    return cards(shown), rows.count()


@dataclass(frozen=True)
class Slice:
    """One status in the bar of the board: where it begins and how wide it is, in percent."""

    status: str
    count: int
    start: float
    width: float


@dataclass(frozen=True)
class Part:
    """A phase or goal, and how far it has come."""

    task: Task
    total: int
    done: int
    moving: int

    @property
    def share(self) -> float:
        return self.done / self.total if self.total else float(self.task.done)


@dataclass(frozen=True)
class Board:
    """The board in one look."""

    slices: list[Slice]
    total: int
    done: int
    parts: list[Part]

    @property
    def percent(self) -> int:
        return round(100 * self.done / self.total) if self.total else 0


def board(workspace: Workspace) -> Board:
    """The board's bar, and its phases and goals with their progress. Two queries."""
    leaves = Task.objects.filter(workspace=workspace).exclude(kind=Task.Kind.PHASE)
    rows = leaves.order_by().values("status").annotate(n=Count("pk"))
    counts = {row["status"]: row["n"] for row in rows}
    total = sum(counts.values())
    slices, start = [], 0.0
    # Done first: the bar fills from the left.
    for status in ("done", "review", "in_progress", "assigned", "inbox"):
        width = 100 * counts.get(status, 0) / total if total else 0.0
        slices.append(Slice(status, counts.get(status, 0), round(start, 3), round(width, 3)))
        start += width
    parents: Iterable[Any] = (
        Task.objects.filter(workspace=workspace, kind__in=[Task.Kind.PHASE, Task.Kind.GOAL])
        .annotate(
            total=Count("children"),
            finished=Count("children", filter=Q(children__status="done")),
            moving=Count("children", filter=Q(children__status__in=["in_progress", "review"])),
        )
        .order_by(Case(When(status="done", then=Value(1)), default=Value(0)), "number")
    )[:SHOWN_PHASES]
    parts = [Part(task, task.total, task.finished, task.moving) for task in parents]
    parts.sort(key=lambda part: part.task.number)
    return Board(slices, total, counts.get("done", 0), parts)


def latest(workspace: Workspace) -> list[Activity]:
    """The newest entries of the log."""
    return list(entries(workspace)[:SHOWN_ENTRIES])
