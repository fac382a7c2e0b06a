"""``manage.py import_workspace FILE``: a workspace from the file of an export."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.terminal import dumps
from core.errors import MCError
from dashboard.transfer import ImportReport, import_workspace


class Command(BaseCommand):
    help = (
        "Make a workspace of an exported file: checksums first, then all of it or nothing. It "
        "arrives stopped; look at it, enter the keys of its models, then let it go on. People "
        "are recognised by their e-mail address; who is new here sets a password by an "
        "invitation or by manage.py changepassword."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="what export_workspace wrote")
        parser.add_argument("--slug", default="", help="a short name other than the one it had")
        parser.add_argument(
            "--keep-ids",
            action="store_true",
            help="with the ids it had, so that links to it stay; they must be free here",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="try all of it, and leave nothing behind"
        )
        parser.add_argument("--json", action="store_true", help="print JSON and nothing else")

    def handle(
        self,
        *,
        file: Path,
        slug: str,
        keep_ids: bool,
        dry_run: bool,
        json: bool,
        **options: Any,
    ) -> None:
        try:
            report = import_workspace(path=file, slug=slug, keep_ids=keep_ids, dry_run=dry_run)
        except MCError as error:
            raise CommandError(error.message) from None
        self.stdout.write(dumps(asdict(report)) if json else _words(report))


def _words(report: ImportReport) -> str:
    rows = f"{sum(report.rows.values()):,} rows, {report.files} files"
    if report.dry_run:
        return f"It can be taken in as {report.workspace}: {rows}. Nothing was changed."
    said = [
        f"Took in {report.workspace}: {rows}.",
        f"It is stopped. To start it: manage.py agents --workspace {report.workspace} resume-all",
    ]
    if report.models_without_key:
        said.append(f"Enter their keys, under Models: {', '.join(report.models_without_key)}")
    if report.new_people:
        said.append(f"New here, without a password: {', '.join(report.new_people)}")
    if report.missing:
        said.append(f"Missing already where it was exported: {', '.join(report.missing[:20])}")
    return "\n".join(said)
