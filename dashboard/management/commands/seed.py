"""`manage.py seed`: everything that a fresh installation needs but an account."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.actions import ensure_first_workspace
from accounts.models import Workspace
from agents.seeding import seed_agents
from documents.seeding import seed_templates
from modules.actions import configure_from_environment
from whitepapers.seeding import seed_papers


class Command(BaseCommand):
    help = (
        "Make the first workspace, its three core agents and its models, and give every "
        "workspace the papers of this release, and templates to begin with. Harmless to repeat."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            workspace = ensure_first_workspace()
            configure_from_environment(workspace)
            agents = seed_agents(workspace)
        for each in Workspace.objects.order_by("created_at"):
            seed_papers(each)
            seed_templates(each)
        if agents:
            names = ", ".join(f"@{agent.handle}" for agent in agents)
            self.stdout.write(f"Created the agents {names} in “{workspace.name}”.")
