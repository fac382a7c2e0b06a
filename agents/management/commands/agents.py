"""``manage.py agents``: who there is, and letting them rest or go on."""

from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser

from accounts.models import Membership
from accounts.terminal import WorkspaceCommand, table
from agents import actions
from agents.models import Agent
from core.errors import NotFound


class Command(WorkspaceCommand):
    help = (
        "List the agents; pause, resume or retire one; stop everything at once and let it go on. "
        "What an agent has under way stops within a second of a pause and waits for it."
    )

    def add_own_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
        listing = self.subcommand(commands, "list", "every agent, how it is and what it does")
        listing.add_argument("--retired", action="store_true", help="those taken out of service")
        for name, words in (
            ("pause", "let one rest"),
            ("resume", "let a paused or blocked one work again"),
            ("retire", "take one out of service for good; its work is handed out anew"),
        ):
            command = self.subcommand(commands, name, words)
            command.add_argument("handle", help="its handle, with or without the @")
            if name != "resume":
                command.add_argument("--reason", default="", help="shown with it")
        halt = self.subcommand(
            commands, "stop-all", "stop every run and job; none goes on until resume-all"
        )
        halt.add_argument("--reason", default="", help="written to the log")
        self.subcommand(commands, "resume-all", "let everything go on from where it was stopped")

    def carry_out(
        self, member: Membership, *, command: str, **options: Any
    ) -> tuple[Any, Callable[[], str]]:
        actor = member.actor
        if command == "list":
            return _list(member, options["retired"])
        if command == "stop-all":
            stopped = actions.halt_workspace(actor=actor, reason=options["reason"])
            return {"stopped": stopped}, lambda: f"Stopped everything: {stopped} under way."
        if command == "resume-all":
            actions.resume_workspace(actor=actor)
            return {"stopped": None}, lambda: "Everything may go on."
        agent = find_agent(member, options["handle"])
        if command == "pause":
            agent = actions.pause_agent(actor=actor, agent=agent, reason=options["reason"])
        elif command == "resume":
            agent = actions.resume_agent(actor=actor, agent=agent)
        else:
            agent = actions.retire_agent(actor=actor, agent=agent, reason=options["reason"])
        agent = Agent.objects.select_related("actor").with_load().get(pk=agent.pk)
        return _row(agent), lambda: f"@{agent.handle} is {_state(agent)}."


def find_agent(member: Membership, handle: str) -> Agent:
    """The agent of the workspace that is called `handle`. Raises NotFound."""
    name = handle.strip().lstrip("@").lower()
    found = (
        Agent.objects.present()
        .select_related("actor", "workspace", "model")
        .filter(workspace=member.workspace, actor__handle=name)
        .first()
    )
    if found is None:
        raise NotFound(f"There is no agent called @{name} here.", field="handle")
    return found


def _list(member: Membership, retired: bool) -> tuple[Any, Callable[[], str]]:
    agents = (
        Agent.objects.filter(workspace=member.workspace, retired_at__isnull=not retired)
        .select_related("actor")
        .with_load()
    )
    rows = [_row(agent) for agent in agents]
    return rows, lambda: table(
        [
            (
                f"@{row['handle']}",
                row["state"],
                f"{row['runs']} run{'' if row['runs'] == 1 else 's'}",
                "elsewhere" if row["external"] else f"every {row['heartbeat_interval']} s",
                row["role"],
            )
            for row in rows
        ]
    )


def _row(agent: Agent) -> dict[str, Any]:
    return {
        "id": agent.pk,
        "handle": agent.handle,
        "name": agent.name,
        "role": agent.role,
        "duty": agent.duty,
        "capabilities": agent.capabilities,
        "state": _state(agent),
        "reason": agent.status_reason,
        "external": agent.external,
        "runs": getattr(agent, "busy", 0),
        "heartbeat_interval": agent.heartbeat_interval,
        "last_heartbeat_at": agent.last_heartbeat_at,
    }


def _state(agent: Agent) -> str:
    return "retired" if agent.retired_at else agent.status
