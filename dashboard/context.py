"""What the frame around every page knows."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from accounts.guards import membership_of, workspaces_of
from accounts.models import Actor, Membership, Workspace
from activity.models import Notification
from dashboard.needs import counted, needs_count
from modules.models import AIModel


@dataclass
class Shell:
    """The workspace one is in, who one is there, and what waits."""

    mode: str
    workspace: Workspace | None = None
    actor: Actor | None = None
    role: str = ""
    workspaces: list[Workspace] = field(default_factory=list)
    unread_count: int = 0
    needs_you: int = 0
    last_event: int = 0
    simulated: bool = False
    halted: bool = False


def shell(request: HttpRequest) -> dict[str, Any]:
    """A context processor: `shell` for the frame. One query beyond who it is.

    Parts of a page have no frame, so nothing is asked before a template looks at it.
    """
    return {"shell": _Later(request)}


class _Later:
    """The shell, made when something of it is first looked at."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._made: Shell | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if self._made is None:
            self._made = shell_of(self._request)
        return getattr(self._made, name)


def shell_of(request: HttpRequest) -> Shell:
    """The shell as it is now."""
    found = Shell(mode=mode())
    member = membership_of(request)
    if member is None:
        return found
    found.workspace, found.actor, found.role = member.workspace, member.actor, member.role
    found.workspaces = workspaces_of(request)
    found.halted = member.workspace.halted_at is not None
    # As the guard read it, before anything else of the page: what came in meanwhile is
    # replayed instead of missed.
    found.last_event = member.workspace.last_event
    numbers = numbers_of(member)
    found.unread_count, found.needs_you = numbers["unread"], numbers["needs"]
    found.simulated = not numbers["real"]
    return found


def numbers_of(member: Membership) -> dict[str, Any]:
    """The counts that the frame shows, in one query."""
    unread = Notification.objects.filter(recipient=member.actor_id, read_at=None)
    real = AIModel.objects.filter(workspace=OuterRef("pk"), enabled=True, kind="language").exclude(
        provider=AIModel.Provider.SIMULATED
    )
    row = (
        Workspace.objects.filter(pk=member.workspace_id)
        .annotate(
            unread=counted(unread),
            needs=needs_count(member),
            real=Exists(real),
        )
        .values("unread", "needs", "real")
        .get()
    )
    return dict(row)


def mode() -> str:
    """How this installation runs, in two words."""
    database = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    return f"embedded · {database}" if settings.EMBEDDED else f"services · {database}"
