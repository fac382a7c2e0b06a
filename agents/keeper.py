"""The runs that this process holds. A run that was cancelled, paused or taken over stops."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from agents import leases
from agents.models import Run
from modules.keeping import Claim, LeaseKeeper


class Keeper(LeaseKeeper):
    """Keeps the leases of runs."""

    name = "keeper"

    @property
    def renew_every(self) -> timedelta:
        return leases.RENEW_EVERY

    def renew(self, keys: list[UUID]) -> int:
        return leases.renew(keys)

    def still_ours(self, keys: Collection[UUID]) -> set[Claim]:
        running = Run.objects.allowed().filter(pk__in=keys, state=Run.State.RUNNING)
        return set(running.values_list("pk", "token"))


keeper = Keeper()
