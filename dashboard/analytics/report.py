"""The figures of a span of days beside those of the span before it.

Days are those of the time zone in force, a reader's own on screens; the last one is today. Times
are in seconds, money in microdollars. The number of queries does not depend on how much there is.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import median, quantiles
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import Workspace
from agents.models import Agent, Run
from modules.models import Call
from tasks.models import Assignment, Review, Task

SPANS = (7, 30, 90)
# The most agents and models that are listed, by what they cost and did.
MOST_ROWS = 100

_FAILED = (Run.State.FAILED, Run.State.QUARANTINED)


@dataclass
class Day:
    """One day's figures. `cycle_s` is the median from begun to done of what was finished."""

    day: date
    created: int = 0
    done: int = 0
    sent_back: int = 0
    runs: int = 0
    succeeded: int = 0
    failed: int = 0
    calls: int = 0
    tokens: int = 0
    cost: int = 0
    simulated: int = 0
    cycles: list[float] = field(default_factory=list, repr=False)

    @property
    def cycle_s(self) -> float | None:
        return median(self.cycles) if self.cycles else None


@dataclass(frozen=True)
class Totals:
    """The sum of a span. `runs` are those that began to be wanted in it, whatever came of them."""

    created: int
    done: int
    sent_back: int
    runs: int
    succeeded: int
    failed: int
    calls: int
    tokens: int
    cost: int
    simulated: int
    cycle_median_s: float | None
    cycle_p90_s: float | None

    @property
    def success(self) -> float | None:
        """Of the runs that came to an end by themselves, those that succeeded, 0 to 1."""
        ended = self.succeeded + self.failed
        return self.succeeded / ended if ended else None

    @property
    def cost_of_one(self) -> int | None:
        """What a finished task cost, all that was spent being shared out among them."""
        return round(self.cost / self.done) if self.done else None


@dataclass(frozen=True)
class Agents:
    """What one agent did. `done` counts finished tasks that it had a part in."""

    agent: UUID
    handle: str
    name: str
    retired: bool
    done: int
    sent_back: int
    runs: int
    succeeded: int
    failed: int
    mean_run_s: float | None
    tokens: int
    cost: int


@dataclass(frozen=True)
class Models:
    """What one model was asked. `latency_ms` is the mean of the calls that succeeded."""

    name: str
    simulated: bool
    calls: int
    failed: int
    tokens: int
    cost: int
    latency_ms: int


@dataclass(frozen=True)
class Report:
    """All figures of a span, day by day and by agent and model."""

    first: date
    last: date
    days: list[Day]
    totals: Totals
    before: Totals
    agents: list[Agents]
    models: list[Models]


def report(workspace: Workspace, days: int = 30) -> Report:
    """The figures of the last `days` days, today included. Eleven queries."""
    today = timezone.localdate()
    first = today - timedelta(days=days - 1)
    start = first - timedelta(days=days)
    table = {start + timedelta(days=n): Day(start + timedelta(days=n)) for n in range(2 * days)}
    since = _midnight(start)
    _tasks(table, workspace, since)
    _reviews(table, workspace, since)
    _runs(table, workspace, since)
    _calls(table, workspace, since)
    every = list(table.values())
    return Report(
        first=first,
        last=today,
        days=every[days:],
        totals=_sum(every[days:]),
        before=_sum(every[:days]),
        agents=_agents(workspace, _midnight(first)),
        models=_models(workspace, _midnight(first)),
    )


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _sum(days: Sequence[Day]) -> Totals:
    cycles = [span for day in days for span in day.cycles]
    names = ("created", "done", "sent_back", "runs", "succeeded", "failed")
    counts = {name: sum(getattr(day, name) for day in days) for name in names}
    return Totals(
        **counts,
        calls=sum(day.calls for day in days),
        tokens=sum(day.tokens for day in days),
        cost=sum(day.cost for day in days),
        simulated=sum(day.simulated for day in days),
        cycle_median_s=median(cycles) if cycles else None,
        cycle_p90_s=_p90(cycles),
    )


def _p90(spans: list[float]) -> float | None:
    """The time within which nine of ten were done; of a single one, its own."""
    if len(spans) < 2:
        return spans[0] if spans else None
    return quantiles(spans, n=10, method="inclusive")[-1]


def _leaves(workspace: Workspace) -> QuerySet[Task]:
    """Tasks that are done by somebody: a phase is done by its tasks."""
    return Task.objects.filter(workspace=workspace).exclude(kind=Task.Kind.PHASE).order_by()


def _tasks(table: dict[date, Day], workspace: Workspace, since: datetime) -> None:
    made = _leaves(workspace).filter(created_at__gte=since)
    for row in _by_day(made, "created_at").annotate(n=Count("pk")):
        if row["day"] in table:
            table[row["day"]].created = row["n"]
    done = _leaves(workspace).filter(status=Task.Status.DONE, done_at__gte=since)
    for begun, ended in done.values_list("started_at", "done_at"):
        day = table.get(timezone.localdate(ended))
        if day is None:
            continue
        day.done += 1
        if begun is not None and ended is not None:
            day.cycles.append((ended - begun).total_seconds())


def _reviews(table: dict[date, Day], workspace: Workspace, since: datetime) -> None:
    back = _sent_back(workspace, since)
    for row in _by_day(back, "created_at").annotate(n=Count("pk")):
        if row["day"] in table:
            table[row["day"]].sent_back = row["n"]


def _sent_back(workspace: Workspace, since: datetime) -> QuerySet[Review]:
    return Review.objects.filter(
        task__workspace=workspace, verdict=Review.Verdict.SENT_BACK, created_at__gte=since
    ).order_by()


def _runs(table: dict[date, Day], workspace: Workspace, since: datetime) -> None:
    rows = Run.objects.filter(workspace=workspace, created_at__gte=since).order_by()
    for row in _by_day(rows, "created_at").annotate(
        runs=Count("pk"),
        succeeded=Count("pk", filter=Q(state=Run.State.SUCCEEDED)),
        failed=Count("pk", filter=Q(state__in=_FAILED)),
    ):
        day = table.get(row["day"])
        if day is not None:
            day.runs, day.succeeded, day.failed = row["runs"], row["succeeded"], row["failed"]


def _calls(table: dict[date, Day], workspace: Workspace, since: datetime) -> None:
    rows = Call.objects.filter(workspace=workspace, created_at__gte=since).order_by()
    for row in _by_day(rows, "created_at").annotate(
        calls=Count("pk"),
        tokens=Sum("input_tokens") + Sum("output_tokens"),
        # An alias must not be named as a field that it is summed from.
        spent=Sum("cost"),
        pretended=Count("pk", filter=Q(simulated=True)),
    ):
        day = table.get(row["day"])
        if day is not None:
            day.calls, day.tokens = row["calls"], row["tokens"] or 0
            day.cost, day.simulated = row["spent"] or 0, row["pretended"]


def _by_day(rows: QuerySet[Any], name: str) -> QuerySet[Any, dict[str, Any]]:
    days: QuerySet[Any, dict[str, Any]] = rows.annotate(day=TruncDate(name)).values("day")
    return days


def _agents(workspace: Workspace, since: datetime) -> list[Agents]:
    took = ExpressionWrapper(F("ended_at") - F("started_at"), output_field=DurationField())
    runs = (
        Run.objects.filter(workspace=workspace, created_at__gte=since)
        .order_by()
        .values("agent")
        .annotate(
            runs=Count("pk"),
            succeeded=Count("pk", filter=Q(state=Run.State.SUCCEEDED)),
            failed=Count("pk", filter=Q(state__in=_FAILED)),
            mean=Avg(took, filter=Q(state=Run.State.SUCCEEDED)),
        )
    )
    calls = (
        Call.objects.filter(workspace=workspace, created_at__gte=since, agent__isnull=False)
        .order_by()
        .values("agent")
        .annotate(tokens=Sum("input_tokens") + Sum("output_tokens"), spent=Sum("cost"))
    )
    done = Assignment.objects.filter(
        task__workspace=workspace, task__status=Task.Status.DONE, task__done_at__gte=since
    ).exclude(task__kind=Task.Kind.PHASE)
    back = _sent_back(workspace, since).filter(task__assignees__isnull=False)
    figures: dict[UUID, dict[str, Any]] = defaultdict(dict)
    for row in [*runs, *calls]:
        figures[row["agent"]].update(row)
    done_by = dict(done.values_list("actor").annotate(n=Count("pk")))
    back_to = dict(back.values_list("task__assignees").annotate(n=Count("pk")))
    team = Agent.objects.filter(workspace=workspace).select_related("actor")
    rows = [
        _agent(agent, figures.get(agent.pk, {}), done_by, back_to)
        for agent in team
        if agent.retired_at is None or agent.pk in figures
    ]
    rows.sort(key=lambda row: (-row.done, -row.runs, -row.cost, row.handle))
    return rows[:MOST_ROWS]


def _agent(
    agent: Agent, found: dict[str, Any], done: dict[UUID, int], back: dict[UUID, int]
) -> Agents:
    mean = found.get("mean")
    return Agents(
        agent=agent.pk,
        handle=agent.handle,
        name=agent.name,
        retired=agent.retired_at is not None,
        done=done.get(agent.actor_id, 0),
        sent_back=back.get(agent.actor_id, 0),
        runs=found.get("runs", 0),
        succeeded=found.get("succeeded", 0),
        failed=found.get("failed", 0),
        mean_run_s=mean.total_seconds() if mean is not None else None,
        tokens=found.get("tokens") or 0,
        cost=found.get("spent") or 0,
    )


def _models(workspace: Workspace, since: datetime) -> list[Models]:
    rows = (
        Call.objects.filter(workspace=workspace, created_at__gte=since)
        .order_by()
        .values("model_name", "simulated")
        .annotate(
            calls=Count("pk"),
            failed=Count("pk", filter=Q(status=Call.Status.ERROR)),
            tokens=Sum("input_tokens") + Sum("output_tokens"),
            spent=Sum("cost"),
            latency=Avg("latency_ms", filter=Q(status=Call.Status.OK)),
        )
        .order_by("-spent", "-calls")[:MOST_ROWS]
    )
    return [
        Models(
            name=row["model_name"],
            simulated=row["simulated"],
            calls=row["calls"],
            failed=row["failed"],
            tokens=row["tokens"] or 0,
            cost=row["spent"] or 0,
            latency_ms=round(row["latency"] or 0),
        )
        for row in rows
    ]
