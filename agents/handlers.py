"""What runs are about.

A run is one agent on one piece of work. The loop knows nothing of the work itself: rooms
above register a handler for each kind of run, which finds work, briefs the agent, names
its tools and settles what happens at the end.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Q

from agents.models import Run
from modules.language.types import Message


@dataclass(frozen=True)
class WorkItem:
    """Something an agent could do now. A higher `urgency` goes first."""

    agent_id: UUID
    workspace_id: UUID
    kind: str
    reason: str
    task_id: UUID | None = None
    urgency: int = 0
    cause_id: UUID | None = None
    hops: int = 0
    subject: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Brief:
    """How a run begins: who the agent is, and what it is asked.

    `history` is what was said before, where the run goes on with a conversation.
    """

    system: str
    message: str
    history: tuple[Message, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As it is kept with the run."""
        kept: dict[str, Any] = {"system": self.system, "message": self.message}
        if self.history:
            kept["history"] = [message.to_dict() for message in self.history]
        return kept


class Handler(Protocol):
    """One kind of run.

    A handler whose work is for one duty alone may say so in an attribute `duty`; then it is
    asked about no other agents.
    """

    kind: str
    tools: Collection[str]

    def find(self, agents: Collection[UUID]) -> Iterable[WorkItem]:
        """What these agents could do now, a few items for each at most. One query."""

    def interest(self) -> Q:
        """A condition on agents that holds wherever `find` could find anything, and is cheap.

        It may hold without need; it must not fail to hold. With `OuterRef("pk")` for the agent.
        """

    def brief(self, run: Run) -> Brief:
        """What the agent is told. Called once, when the run first starts."""

    def started(self, run: Run) -> None:
        """The run was claimed; part of that transaction."""

    def ended(self, run: Run) -> None:
        """The run reached a terminal state; part of that transaction."""


_handlers: dict[str, Handler] = {}


def register(handler: Handler) -> None:
    """Make a kind of run known. Raises ValueError when it is known already."""
    if handler.kind in _handlers:
        raise ValueError(f"two handlers for runs of the kind {handler.kind!r}")
    _handlers[handler.kind] = handler


def handler_of(run: Run) -> Handler:
    """The handler of a run's kind."""
    return _handlers[run.kind]


def any_interest() -> Q:
    """The condition on agents without which no handler would find anything for them."""
    whole = Q(pk__in=[])
    for handler in all_handlers():
        # Whoever does not say what it looks for is always asked.
        wanted = getattr(handler, "interest", None)
        whole |= wanted() if wanted else Q(pk__isnull=False)
    return whole


def all_handlers() -> list[Handler]:
    """Every handler, in the order in which the rooms registered them."""
    return list(_handlers.values())
