"""``manage.py export_workspace FILE``: a whole workspace to one file."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Workspace
from accounts.terminal import dumps
from core.errors import MCError
from dashboard.transfer import export_workspace


class Command(BaseCommand):
    help = (
        "Write a whole workspace to one file: tasks, messages, attachments, documents with every "
        "version, agents, runs and the log, as they are at one moment. It may be in use "
        "meanwhile. Passwords, API keys, invitations, webhooks and the keys of models are not "
        "in it; its people and all that was written are, so keep it safe."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="a ZIP; is replaced if there")
        parser.add_argument(
            "--workspace", metavar="SLUG", help="which one; needed where there are several"
        )
        parser.add_argument("--json", action="store_true", help="print JSON and nothing else")

    def handle(self, *, file: Path, workspace: str | None, json: bool, **options: Any) -> None:
        try:
            report = export_workspace(workspace=_find(workspace), path=file.absolute())
        except MCError as error:
            raise CommandError(error.message) from None
        if json:
            self.stdout.write(dumps(asdict(report)))
            return
        rows = sum(report.rows.values())
        self.stdout.write(
            f"Wrote {report.workspace} to {report.path}: {rows:,} rows, {report.files} files, "
            f"{report.size / 2**20:.1f} MB."
        )
        for name in report.missing:
            self.stdout.write(f"Not on disk and so not in it: {name}")


def _find(slug: str | None) -> Workspace:
    found = list(Workspace.objects.filter(**({"slug": slug} if slug else {}))[:2])
    if len(found) == 1:
        return found[0]
    if not found:
        raise CommandError(f"There is no workspace called {slug}." if slug else "There is none.")
    slugs = ", ".join(Workspace.objects.values_list("slug", flat=True)[:20])
    raise CommandError(f"There are several; name one with --workspace: {slugs}.")
