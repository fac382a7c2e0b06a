"""Whether there is money for a job. The room that keeps budgets says so; without one there is."""

from typing import Protocol

from modules.models import Job


class Purse(Protocol):
    """Sets money aside before a job and settles after it. Amounts are microdollars."""

    def reserve(self, job: Job, cost: int) -> None:
        """Within a transaction. Raises LimitReached when there is not so much left."""
        ...

    def settle(self, job: Job, reserved: int, spent: int) -> None:
        """Give back what was set aside and write off what was spent."""
        ...


_purse: list[Purse] = []


def spend_from(purse: Purse) -> None:
    """Let `purse` decide from now on."""
    _purse[:] = [purse]


def reserve(job: Job, cost: int) -> None:
    """Set `cost` aside for a job. Raises LimitReached."""
    for purse in _purse:
        purse.reserve(job, cost)


def settle(job: Job, *, reserved: int, spent: int) -> None:
    """End what `reserve` began."""
    for purse in _purse:
        purse.settle(job, reserved, spent)
