"""``manage.py prepare``: bring the database and the static files to this version's state."""

import io
import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.actions import add_member, ensure_first_workspace, first_account_link
from accounts.models import Membership, User


class Command(BaseCommand):
    help = (
        "Migrate, seed, collect static files, and make the account that the environment names "
        "(DJANGO_SUPERUSER_USERNAME, _EMAIL, _PASSWORD). May be run as often as one likes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-static", action="store_true", help="leave static files alone")
        parser.add_argument(
            "--welcome", action="store_true", help="print the address, or the first account's link"
        )

    def handle(self, *, no_static: bool, welcome: bool, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        self.make_named_account()
        call_command("seed", verbosity=0, stdout=io.StringIO())
        if not no_static:
            call_command("collectstatic", interactive=False, verbosity=0)
        if welcome:
            self.stdout.write(welcome_line())

    def make_named_account(self) -> None:
        """The account of DJANGO_SUPERUSER_*, once; an existing one is left as it is."""
        username = os.environ.get("DJANGO_SUPERUSER_USERNAME", "")
        password = os.environ.get("DJANGO_SUPERUSER_PASSWORD", "")
        if not (username and password) or User.objects.filter(username=username).exists():
            return
        os.environ.setdefault("DJANGO_SUPERUSER_EMAIL", f"{username}@localhost")
        with transaction.atomic():
            call_command("createsuperuser", interactive=False, verbosity=0)
            user = User.objects.get(username=username)
            add_member(workspace=ensure_first_workspace(), user=user, role=Membership.Role.OWNER)


def welcome_line() -> str:
    """Where it runs, or, while there is no account, the one-time link that makes the first."""
    link = first_account_link()
    if link:
        return f"Mission Control is ready. Make the first account: {settings.SITE_URL}{link}"
    return f"Mission Control is ready: {settings.SITE_URL}"
