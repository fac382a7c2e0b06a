"""What an agent has done and what it cost, over the last weeks."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from agents.models import Agent, Run
from modules.models import Call

DAYS = 30
# The median is of the newest runs; more would say the same.
MOST_RUNS = 500


@dataclass(frozen=True)
class Figures:
    """The runs of the last 30 days in numbers. Times in seconds, cost in microdollars."""

    states: list[tuple[str, int]]
    total: int
    succeeded: int
    ended: int
    median_s: float | None
    cost: int
    tokens: int
    days: dict[str, Any]

    @property
    def success(self) -> int | None:
        """Of the runs that came to an end, those that succeeded, in percent."""
        return round(100 * self.succeeded / self.ended) if self.ended else None


def figures(agent: Agent) -> Figures:
    """The figures of one agent. Four queries."""
    today = timezone.localdate()
    first = today - timedelta(days=DAYS - 1)
    since = timezone.make_aware(datetime.combine(first, time.min))
    runs = Run.objects.filter(agent=agent, created_at__gte=since)
    rows = runs.order_by().values("state").annotate(all=Count("pk"))
    counts: dict[str, int] = {row["state"]: row["all"] for row in rows}
    failed = counts.get(Run.State.FAILED, 0) + counts.get(Run.State.QUARANTINED, 0)
    succeeded = counts.get(Run.State.SUCCEEDED, 0)
    ended = runs.filter(Q(state=Run.State.SUCCEEDED), started_at__isnull=False)
    spans = [
        (end - start).total_seconds()
        for start, end in ended.order_by("-created_at").values_list("started_at", "ended_at")[
            :MOST_RUNS
        ]
        if start and end
    ]
    calls = Call.objects.filter(agent=agent, created_at__gte=since).order_by()
    by_day: dict[date, dict[str, Any]] = {
        row["day"]: dict(row)
        for row in calls.annotate(day=TruncDate("created_at"))
        .values("day")
        .annotate(cost=Sum("cost"), tokens=Sum("input_tokens") + Sum("output_tokens"))
    }
    return Figures(
        states=[(state, counts[state]) for state in Run.State.values if counts.get(state)],
        total=sum(counts.values()),
        succeeded=succeeded,
        ended=succeeded + failed,
        median_s=median(spans) if spans else None,
        cost=sum(row["cost"] or 0 for row in by_day.values()),
        tokens=sum(row["tokens"] or 0 for row in by_day.values()),
        days=_by_day(first, by_day),
    )


def _by_day(first: date, rows: dict[date, dict[str, Any]]) -> dict[str, Any]:
    """Cost and tokens of each day, as the chart takes them; days without any are zero."""
    days = [first + timedelta(days=number) for number in range(DAYS)]
    noon = [datetime.combine(day, time(12), tzinfo=timezone.get_current_timezone()) for day in days]
    cost = [(rows.get(day, {}).get("cost") or 0) / 1_000_000 for day in days]
    tokens = [rows.get(day, {}).get("tokens") or 0 for day in days]
    x = [int(moment.timestamp()) for moment in noon]
    return {
        "cost": {"x": x, "series": [{"label": "Cost in $", "values": cost, "tone": "green"}]},
        "tokens": {"x": x, "series": [{"label": "Tokens", "values": tokens, "tone": "primary"}]},
    }
