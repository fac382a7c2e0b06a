"""`manage.py seed`: everything that a fresh installation needs. Harmless to repeat."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.actions import ensure_first_workspace, make_owner
from accounts.models import User
from agents.seeding import seed_agents
from core.errors import MCError
from modules.actions import configure_from_environment


class Command(BaseCommand):
    help = (
        "Make the first workspace, its three core agents and its models, and, when "
        "DJANGO_SUPERUSER_USERNAME and _PASSWORD are set, the first account."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            workspace = ensure_first_workspace()
            configure_from_environment(workspace)
            agents = seed_agents(workspace)
            owner = self._first_account(workspace)
        if agents:
            names = ", ".join(f"@{agent.handle}" for agent in agents)
            self.stdout.write(f"Created the agents {names} in “{workspace.name}”.")
        if owner:
            self.stdout.write(f"Created the account {owner}.")

    def _first_account(self, workspace: Any) -> str:
        username = os.environ.get("DJANGO_SUPERUSER_USERNAME", "")
        password = os.environ.get("DJANGO_SUPERUSER_PASSWORD", "")
        if not username or not password or User.objects.filter(username=username).exists():
            return ""
        email = os.environ.get("DJANGO_SUPERUSER_EMAIL", "") or f"{username}@localhost.localdomain"
        try:
            make_owner(username=username, email=email, password=password, workspace=workspace)
        except MCError as error:
            variable = f"DJANGO_SUPERUSER_{(error.field or 'password').upper()}"
            raise CommandError(f"{variable}: {error.message}") from error
        return username
