"""``manage.py create_api_key NAME``: a key for a program. It is shown once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from accounts.keys import SCOPES, create_api_key
from accounts.models import Actor, Membership
from accounts.terminal import WorkspaceCommand


class Command(WorkspaceCommand):
    help = (
        "Make an API key and print it; it cannot be shown again. It acts as the member in whose "
        "name it is made or, with --agent, as that agent. Scopes: read (look), write (tasks, "
        "messages, documents), run (start and stop runs; take work as an agent), admin (agents, "
        "models, members)."
    )

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what will use it, so that you know it again")
        parser.add_argument(
            "--scope",
            action="append",
            dest="scopes",
            choices=SCOPES,
            metavar="SCOPE",
            help="may be given several times: read (if left out), write, run, admin",
        )
        parser.add_argument("--agent", metavar="HANDLE", help="an agent that runs elsewhere")
        parser.add_argument("--days", type=int, help="how long it is valid; for good if left out")

    def carry_out(
        self,
        member: Membership,
        *,
        name: str,
        scopes: list[str] | None,
        agent: str | None,
        days: int | None,
        **options: Any,
    ) -> tuple[Any, Callable[[], str]]:
        expires_at = None if days is None else timezone.now() + timedelta(days=days)
        key, text = create_api_key(
            actor=member.actor,
            name=name,
            scopes=scopes or ["read"],
            expires_at=expires_at,
            owner=_agent(member, agent) if agent else None,
        )
        answer = {
            "id": key.pk,
            "key": text,
            "name": key.name,
            "acts_as": key.actor.handle,
            "workspace": member.workspace.slug,
            "scopes": key.scopes,
            "expires_at": key.expires_at,
        }
        return answer, lambda: text


def _agent(member: Membership, handle: str) -> Actor:
    found = Actor.objects.filter(
        workspace=member.workspace, handle=handle.lstrip("@").lower(), kind=Actor.Kind.AGENT
    ).first()
    if found is None:
        raise CommandError(f"agent: there is no agent called {handle}.")
    return found
