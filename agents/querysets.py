"""Questions that the room asks of its tables."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from core.clock import Now

if TYPE_CHECKING:
    from accounts.models import Actor
    from agents.models import Agent, Run  # noqa: F401 - named in the bases below


class AgentQuerySet(QuerySet["Agent"]):
    def present(self) -> "AgentQuerySet":
        """Those that have not been retired."""
        return self.filter(retired_at__isnull=True)

    def awake(self) -> "AgentQuerySet":
        """Those that may be given something to do now, by us."""
        return self.awake_anywhere().filter(external=False)

    def awake_anywhere(self) -> "AgentQuerySet":
        """The same, with those that run elsewhere and ask for their work themselves."""
        return self.present().exclude(status="paused").filter(workspace__halted_at__isnull=True)

    def due(self) -> "AgentQuerySet":
        """Those whose heartbeat is due by the database's clock."""
        return self.present().exclude(status="paused").filter(next_heartbeat_at__lte=Now())

    def with_load(self) -> "AgentQuerySet":
        """Adds `busy`: the number of runs that take up its room.

        Those queued or under way, and those that wait for a provider or a budget: whatever
        else it began would wait for the same.
        """
        from agents.models import Run

        holding = Q(state__in=["queued", "running"]) | Q(
            state="waiting", wait_for__in=["provider", "budget"]
        )
        # A subquery over the few live ones, so that an agent's past costs nothing. Who talks
        # with it takes none of the room for its work.
        live = Run.objects.live().filter(holding, agent=OuterRef("pk"), thread__isnull=True)
        runs = live.order_by().values("agent")
        counts = runs.annotate(count=Count("pk")).values("count")
        return self.annotate(busy=Coalesce(Subquery(counts), 0))

    def loads(self) -> QuerySet[Any, Any]:
        """The key of each, its duty, how many runs it may have and how many it has."""
        rows: QuerySet[Any, Any] = self.with_load()
        return rows.values_list("pk", "duty", "concurrency", "busy")


def room_and_duties(
    loads: Iterable[tuple[UUID, str, int, int]],
) -> tuple[dict[UUID, int], dict[UUID, str]]:
    """How many more runs each could take, and its duty; only those that could take any."""
    free = [(key, duty, most - busy) for key, duty, most, busy in loads if busy < most]
    return {key: room for key, _, room in free}, {key: duty for key, duty, _ in free}


class RunQuerySet(QuerySet["Run"]):
    def readable_by(self, actor: "Actor") -> "RunQuerySet":
        """Those that `actor` may look into: not what others talk about with an agent."""
        from agents.privacy import readable_by

        return self.filter(readable_by(actor))

    def live(self) -> "RunQuerySet":
        return self.filter(state__in=["queued", "running", "waiting"])

    def allowed(self) -> "RunQuerySet":
        """Runs whose agent is one of ours and may work now."""
        return self.filter(
            agent__external=False,
            agent__retired_at__isnull=True,
            workspace__halted_at__isnull=True,
        ).exclude(agent__status="paused")

    def claimable(self) -> "RunQuerySet":
        """Queued runs that a worker of ours may start now."""
        return self.allowed().filter(state="queued")

    def claimable_outside(self, agent: "Agent") -> "RunQuerySet":
        """Queued runs of an agent that runs elsewhere, which it may take now."""
        return self.filter(
            agent=agent,
            state="queued",
            agent__external=True,
            agent__retired_at__isnull=True,
            workspace__halted_at__isnull=True,
        ).exclude(agent__status="paused")

    def suspects(self) -> "RunQuerySet":
        """Those whose next lost worker would be the last one."""
        return self.filter(crashes__gte=self.model.MAX_CRASHES - 1)

    def unsuspected(self) -> "RunQuerySet":
        return self.filter(crashes__lt=self.model.MAX_CRASHES - 1)

    def expired(self) -> "RunQuerySet":
        """Runs whose worker has not renewed its lease in time."""
        return self.filter(state="running", lease_expires_at__lt=Now())

    def to_resume(self) -> "RunQuerySet":
        """Waiting runs whose time has come."""
        return self.filter(state="waiting", resume_at__lte=Now())
