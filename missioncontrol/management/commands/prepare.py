"""``manage.py prepare``: bring the database and the static files to this version's state."""

import os
import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts.actions import ensure_first_workspace, make_owner
from accounts.models import User
from core.errors import Invalid


class Command(BaseCommand):
    help = (
        "Migrate, seed, collect static files, and make the account that the environment names "
        "(DJANGO_SUPERUSER_USERNAME, _EMAIL, _PASSWORD). May be run as often as one likes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-static", action="store_true", help="leave static files alone")

    def handle(self, *, no_static: bool, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("seed", verbosity=0)
        self.make_named_account()
        if not no_static:
            call_command("collectstatic", interactive=False, verbosity=0)

    def make_named_account(self) -> None:
        """The account of DJANGO_SUPERUSER_*, once; an existing one is left as it is."""
        username = os.environ.get("DJANGO_SUPERUSER_USERNAME", "")
        password = os.environ.get("DJANGO_SUPERUSER_PASSWORD", "")
        if not (username and password) or User.objects.filter(username=username).exists():
            return
        email = os.environ.get("DJANGO_SUPERUSER_EMAIL", "") or f"{username}@localhost"
        workspace = ensure_first_workspace()
        try:
            # Whoever runs the machine may choose a password that a form would refuse, as with
            # Django's own createsuperuser.
            owner = make_owner(
                username=username,
                email=email,
                password=secrets.token_urlsafe(24),
                workspace=workspace,
            )
        except Invalid as error:
            raise CommandError(f"DJANGO_SUPERUSER_*: {error.message}") from error
        owner.user.set_password(password)
        owner.user.save(update_fields=["password"])
