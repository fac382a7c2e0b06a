"""The jobs that this process holds. A job that was cancelled, taken over, or
whose workspace was stopped, stops."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from modules.keeping import Claim, LeaseKeeper
from modules.models import Job
from modules.running import leases


class Keeper(LeaseKeeper):
    """Keeps the leases of jobs."""

    name = "jobs"

    @property
    def renew_every(self) -> timedelta:
        return leases.RENEW_EVERY

    def renew(self, keys: list[UUID]) -> int:
        return leases.renew(keys)

    def still_ours(self, keys: Collection[UUID]) -> set[Claim]:
        running = Job.objects.allowed().filter(pk__in=keys, state=Job.State.RUNNING)
        return set(running.values_list("pk", "token"))


keeper = Keeper()
