"""``manage.py run_heartbeat HANDLE``: let an agent look for work now."""

from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser

from accounts.models import Membership
from accounts.terminal import WorkspaceCommand
from agents import actions
from agents.management.commands.agents import find_agent


class Command(WorkspaceCommand):
    help = (
        "Let an agent look for work now instead of at its next heartbeat, and say what it found. "
        "The runs are queued; the workers do them, so Mission Control has to run."
    )

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("handle", help="the agent's handle, with or without the @")

    def carry_out(
        self, member: Membership, *, handle: str, **options: Any
    ) -> tuple[Any, Callable[[], str]]:
        agent = find_agent(member, handle)
        queued = actions.run_heartbeat(actor=member.actor, agent=agent)
        answer = {
            "agent": agent.handle,
            "status": "queued" if queued else "idle",
            "runs": [
                {"id": run.pk, "kind": run.kind, "task": run.task_id, "reason": run.wake_reason}
                for run in queued
            ],
        }
        said = "\n".join(f"Queued: {run.kind}, {run.wake_reason}" for run in queued)
        return answer, lambda: said or f"@{agent.handle} has nothing to do."
