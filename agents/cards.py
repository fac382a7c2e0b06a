"""What a card shows of an agent, gathered for many agents in a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Case, Count, OuterRef, Q, Subquery, Sum, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from accounts.models import Actor
from activity.models import Activity
from agents.models import Agent, Run, Wake
from modules.models import Call

# How far back the share of runs that succeeded looks.
SUCCESS_DAYS = 30
ENDED = (Run.State.SUCCEEDED, Run.State.FAILED, Run.State.QUARANTINED)
# Of what an agent has under way, what is shown first, and how much of it.
RANK = Case(When(state=Run.State.RUNNING, then=0), When(state=Run.State.WAITING, then=1), default=2)
RUNS_SHOWN = 10


@dataclass
class Card:
    """One agent as lists show it. The cost in microdollars, today's in the reader's zone.

    `runs` are the liveliest of those under way, `live` says how many there are.
    """

    agent: Agent
    runs: list[Run] = field(default_factory=list)
    live: int = 0
    latest: Activity | None = None
    cost_today: int = 0
    tokens_today: int = 0
    ended_today: int = 0
    ended: int = 0
    succeeded: int = 0
    open_tasks: int = 0
    wake: str = ""

    @property
    def run(self) -> Run | None:
        """What it does, or what it waits for, if there is nothing else."""
        return self.runs[0] if self.runs else None

    @property
    def more(self) -> int:
        """Runs under way beside the one that is shown."""
        return max(0, self.live - 1)

    @property
    def unlisted(self) -> int:
        """Runs under way beside those in `runs`."""
        return self.live - len(self.runs)

    @property
    def success(self) -> int | None:
        """Of the runs that ended in the last 30 days, those that succeeded, in percent."""
        return round(100 * self.succeeded / self.ended) if self.ended else None

    @property
    def state(self) -> str:
        """Its status, or that it was retired."""
        return "retired" if self.agent.retired_at else self.agent.status

    @property
    def asleep(self) -> str:
        """Why it does not wake by itself, or nothing when it does."""
        agent = self.agent
        if agent.retired_at:
            return "Retired"
        if agent.status == Agent.Status.PAUSED:
            return "Paused: wakes when resumed"
        if agent.workspace.halted_at:
            return "Everything is stopped"
        if agent.external:
            return "Takes its work by itself"
        return ""


def cards(agents: Iterable[Agent]) -> list[Card]:
    """The cards of these agents, in the order given. Their actor must be loaded."""
    by_id = {agent.pk: Card(agent) for agent in agents}
    keys = list(by_id)
    if not keys:
        return []
    _add_runs(by_id, keys)
    for activity in _latest(keys):
        assert activity.agent_id is not None
        by_id[activity.agent_id].latest = activity
    for wake in Wake.objects.filter(agent__in=keys).order_by("-created_at"):
        by_id[wake.agent_id].wake = wake.reason
    _add_today(by_id, keys)
    return list(by_id.values())


def start_of_today() -> datetime:
    """Midnight where the reader is."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def _add_runs(by_id: dict[UUID, Card], keys: list[UUID]) -> None:
    live = Run.objects.live().filter(agent__in=keys).order_by()
    for agent, count in live.values_list("agent").annotate(count=Count("pk")):
        by_id[agent].live = count
    place = Window(RowNumber(), partition_by="agent", order_by=[RANK, "created_at"])
    liveliest = live.annotate(place=place).filter(place__lte=RUNS_SHOWN).values("pk")
    shown = Run.objects.filter(pk__in=liveliest).select_related("task")
    for run in shown.order_by(RANK, "created_at"):
        by_id[run.agent_id].runs.append(run)


def _latest(keys: list[UUID]) -> Iterable[Activity]:
    newest = Activity.objects.filter(agent=OuterRef("pk")).order_by("-number").values("pk")[:1]
    picked = Agent.objects.filter(pk__in=keys).values_list(Subquery(newest))
    return Activity.objects.filter(pk__in=picked).select_related("actor", "task")


def _add_today(by_id: dict[UUID, Card], keys: list[UUID]) -> None:
    today = start_of_today()
    spent = Call.objects.filter(agent__in=keys, created_at__gte=today).order_by()
    for row in spent.values("agent").annotate(
        cost=Sum("cost"), tokens=Sum("input_tokens") + Sum("output_tokens")
    ):
        card = by_id[row["agent"]]
        card.cost_today, card.tokens_today = row["cost"] or 0, row["tokens"] or 0
    ended = Run.objects.filter(
        agent__in=keys,
        state__in=ENDED,
        ended_at__gte=today - timedelta(days=SUCCESS_DAYS),
    ).order_by()
    good = Q(state=Run.State.SUCCEEDED)
    for one in ended.values("agent").annotate(
        all=Count("pk"),
        good=Count("pk", filter=good),
        today=Count("pk", filter=good & Q(ended_at__gte=today)),
    ):
        card = by_id[one["agent"]]
        card.ended, card.succeeded, card.ended_today = one["all"], one["good"], one["today"]
    # Tasks are a room above this one: it is asked through the actor they are assigned to.
    desks = Actor.objects.filter(agent__in=keys).order_by()
    for desk in desks.values("agent").annotate(
        open=Count("tasks_assigned", filter=~Q(tasks_assigned__status="done"))
    ):
        by_id[desk["agent"]].open_tasks = desk["open"]
