"""Questions that the room asks of its tables."""

from typing import TYPE_CHECKING

from django.db.models import Count, F, Q, QuerySet

from core.clock import Now

if TYPE_CHECKING:
    pass


class AgentQuerySet(QuerySet["Agent"]):
    def present(self) -> "AgentQuerySet":
        """Those that have not been retired."""
        return self.filter(retired_at__isnull=True)

    def awake(self) -> "AgentQuerySet":
        """Those that may be given something to do now, by us."""
        return (
            self.present()
            .exclude(status="paused")
            .filter(external=False, workspace__halted_at__isnull=True)
        )

    def due(self) -> "AgentQuerySet":
        """Those whose heartbeat is due by the database's clock."""
        return self.present().exclude(status="paused").filter(next_heartbeat_at__lte=Now())

    def with_load(self) -> "AgentQuerySet":
        """Adds `busy`: the number of runs it has queued or under way."""
        return self.annotate(
            busy=Count("runs", filter=Q(runs__state__in=["queued", "running"]), distinct=True)
        )

    def free(self) -> "AgentQuerySet":
        """Those that could take one more run."""
        return self.with_load().filter(busy__lt=F("concurrency"))


class RunQuerySet(QuerySet["Run"]):
    def live(self) -> "RunQuerySet":
        return self.filter(state__in=["queued", "running", "waiting"])

    def claimable(self) -> "RunQuerySet":
        """Queued runs that a worker of ours may start now."""
        return self.filter(
            state="queued",
            agent__external=False,
            agent__retired_at__isnull=True,
            workspace__halted_at__isnull=True,
        ).exclude(agent__status="paused")

    def expired(self) -> "RunQuerySet":
        """Runs whose worker has not renewed its lease in time."""
        return self.filter(state="running", lease_expires_at__lt=Now())

    def to_resume(self) -> "RunQuerySet":
        """Waiting runs whose time has come."""
        return self.filter(state="waiting", resume_at__lte=Now())
