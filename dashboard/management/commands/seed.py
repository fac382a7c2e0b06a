"""`manage.py seed`: everything that a fresh installation needs but an account."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.actions import ensure_first_workspace
from agents.seeding import seed_agents
from modules.actions import configure_from_environment


class Command(BaseCommand):
    help = "Make the first workspace, its three core agents and its models. Harmless to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            workspace = ensure_first_workspace()
            configure_from_environment(workspace)
            agents = seed_agents(workspace)
        if agents:
            names = ", ".join(f"@{agent.handle}" for agent in agents)
            self.stdout.write(f"Created the agents {names} in “{workspace.name}”.")
