"""Runs that are between one person and an agent.

A run with a thread answers in somebody's conversation. Its words, calls and results are for
the one who talks there; everybody else learns from the log that it took place, and from the
ledger what it cost. No role sees more: not the owner of the workspace either. The room of
conversations, which stands above this one, says whose a thread is.
"""

from typing import Any, Protocol
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Actor
from agents.models import Run
from agents.people import stewards


class Threads(Protocol):
    """Whose the threads are."""

    def of(self, actor: Actor) -> QuerySet[Any, Any]:
        """The ids of the threads of one actor, as a query."""

    def keeper(self, thread: UUID) -> Actor | None:
        """Whose a thread is, if it still is."""


_threads: list[Threads] = []


def threads_belong(threads: Threads) -> None:
    """Let a room above say whose its threads are."""
    _threads.append(threads)


def readable_by(actor: Actor, run: str = "") -> Q:
    """The condition on runs that `actor` may look into.

    `run` is the way from the row to its run, as in "run__".
    """
    open_to_all = Q(**{f"{run}thread__isnull": True})
    for threads in _threads:
        open_to_all |= Q(**{f"{run}thread__in": threads.of(actor)})
    return open_to_all


def helpers(run: Run) -> list[Actor]:
    """Whom to tell when a run needs a person: who talks there, or those who run the place."""
    if run.thread is None:
        return stewards(run.workspace_id)
    found = [threads.keeper(run.thread) for threads in _threads]
    return [actor for actor in found if actor is not None and actor.active]


def marked(run: Run, data: dict[str, Any]) -> dict[str, Any]:
    """`data` of an entry in the log, with a mark if its run is not for everybody to look into."""
    return data if run.thread is None else {**data, "private": True}
