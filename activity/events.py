"""What an activity looks like on a socket."""

from typing import Any, TypedDict
from uuid import UUID

from accounts.models import Actor
from activity.models import Activity


class ActorRef(TypedDict):
    id: str
    handle: str
    name: str
    kind: str


class Event(TypedDict):
    """One activity as sockets and webhooks see it."""

    type: str
    number: int
    id: str
    verb: str
    actor: ActorRef | None
    message: str
    task: str | None
    task_number: int | None
    agent: str | None
    run: str | None
    document: str | None
    data: dict[str, Any]
    cause: str | None
    hops: int
    at: str


def group_of(workspace_id: UUID) -> str:
    """The channel group that hears of everything in a workspace."""
    return f"workspace.{workspace_id}"


def as_event(activity: Activity) -> Event:
    """The activity as a socket event. Its actor and task must be loaded."""
    actor = activity.actor
    task: Any = activity.task
    return Event(
        type="event",
        number=activity.number,
        id=str(activity.pk),
        verb=activity.verb,
        actor=_actor(actor) if actor else None,
        message=activity.message,
        task=_text(activity.task_id),
        task_number=task.number if task else None,
        agent=_text(activity.agent_id),
        run=_text(activity.run_id),
        document=_text(activity.document_id),
        data=activity.data,
        cause=_text(activity.cause_id),
        hops=activity.hops,
        at=activity.created_at.isoformat(),
    )


def _actor(actor: Actor) -> ActorRef:
    return ActorRef(id=str(actor.pk), handle=actor.handle, name=actor.name, kind=actor.kind)


def _text(key: UUID | None) -> str | None:
    return str(key) if key else None
