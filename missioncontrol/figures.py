"""Figures for Prometheus that the database knows: the same whichever process is asked."""

import time
from collections.abc import Iterable, Iterator

import structlog
from django.db import DatabaseError
from django.db.models import Count, Min, Q, Sum
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from accounts.models import Workspace
from agents.models import Agent, Run
from core.clock import db_now
from modules.models import Call
from tasks.models import Task

log = structlog.get_logger(__name__)

# A scrape within this many seconds of the last one hears the same.
FRESH_S = 5.0


class DatabaseFigures(Collector):
    """Asks the database at most every few seconds, a fixed number of queries each time."""

    def __init__(self) -> None:
        self._told: list[Metric] = []
        self._at = 0.0

    def describe(self) -> Iterable[Metric]:
        """Nothing: the names are known at the first scrape, without a database at start."""
        return []

    def collect(self) -> Iterable[Metric]:
        if not self._told or time.monotonic() - self._at > FRESH_S:
            self._told = self._ask()
            self._at = time.monotonic()
        return self._told

    def _ask(self) -> list[Metric]:
        try:
            return [*_runs(), *_agents(), *_board(), *_ledger()]
        except DatabaseError as error:
            # The other figures are wanted most while the database is away.
            log.warning("metrics.database_away", error=type(error).__name__)
            return []


def _runs() -> Iterator[Metric]:
    now = db_now()
    live = GaugeMetricFamily("mc_runs", "Runs that have not ended.", labels=["state"])
    states = dict(Run.objects.live().order_by().values_list("state").annotate(count=Count("pk")))
    for state in Run.LIVE:
        live.add_metric([state], states.get(state, 0))
    yield live
    oldest = Run.objects.filter(state=Run.State.QUEUED).aggregate(at=Min("enqueued_at"))["at"]
    age = max((now - oldest).total_seconds(), 0) if oldest else 0
    yield GaugeMetricFamily("mc_queue_age_seconds", "How long the oldest run waits.", value=age)
    ended = CounterMetricFamily("mc_runs_ended", "Runs that ended.", labels=["kind", "state"])
    steps = 0
    rows = Run.objects.exclude(state__in=Run.LIVE).order_by().values("kind", "state")
    for row in rows.annotate(count=Count("pk"), taken=Sum("step_count")):
        ended.add_metric([row["kind"], row["state"]], row["count"])
        steps += row["taken"] or 0
    yield ended
    yield CounterMetricFamily("mc_steps", "Steps of runs that ended.", value=steps)


def _agents() -> Iterator[Metric]:
    now = db_now()
    present = GaugeMetricFamily("mc_agents", "Agents by status.", labels=["status"])
    rows = Agent.objects.present().order_by().values_list("status")
    for status, count in rows.annotate(count=Count("pk")):
        present.add_metric([status], count)
    yield present
    due = Agent.objects.due().aggregate(at=Min("next_heartbeat_at"))["at"]
    late = max((now - due).total_seconds(), 0) if due else 0
    yield GaugeMetricFamily(
        "mc_heartbeat_lateness_seconds", "How late the latest heartbeat is.", value=late
    )


def _board() -> Iterator[Metric]:
    tasks = GaugeMetricFamily("mc_tasks", "Tasks by status.", labels=["status"])
    for status, count in Task.objects.order_by().values_list("status").annotate(count=Count("pk")):
        tasks.add_metric([status], count)
    yield tasks
    counted = Task.objects.filter(~Q(status="done"), blocked_at__isnull=False).count()
    yield GaugeMetricFamily("mc_tasks_blocked", "Tasks that wait for a person.", value=counted)
    events = Workspace.objects.aggregate(all=Sum("last_event"))["all"] or 0
    yield CounterMetricFamily("mc_events", "Activities in the log.", value=events)


def _ledger() -> Iterator[Metric]:
    calls = CounterMetricFamily("mc_model_calls", "Model calls.", labels=["model", "status"])
    tokens = CounterMetricFamily("mc_model_tokens", "Tokens.", labels=["model", "direction"])
    cost = CounterMetricFamily("mc_model_cost_dollars", "What calls cost.", labels=["model"])
    used: dict[str, list[int]] = {}
    for row in (
        Call.objects.order_by()
        .values("model_name", "status")
        .annotate(
            count=Count("pk"), read=Sum("input_tokens"), said=Sum("output_tokens"), paid=Sum("cost")
        )
    ):
        calls.add_metric([row["model_name"], row["status"]], row["count"])
        sums = used.setdefault(row["model_name"], [0, 0, 0])
        for index, amount in enumerate((row["read"], row["said"], row["paid"])):
            sums[index] += amount or 0
    for name, (read, said, paid) in used.items():
        tokens.add_metric([name, "in"], read)
        tokens.add_metric([name, "out"], said)
        cost.add_metric([name], paid / 1_000_000)
    yield from (calls, tokens, cost)
