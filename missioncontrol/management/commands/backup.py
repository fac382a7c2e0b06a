"""``manage.py backup FILE``: the whole installation in one file, while it runs."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.terminal import dumps
from core.errors import MCError
from missioncontrol.backup import backup


class Command(BaseCommand):
    help = (
        "Write database, uploads and secret key to one file, as of one moment, while everything "
        "runs. The file opens everything: keep it safe. For SQLite; with PostgreSQL it tells the "
        "commands."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="a .tar.gz; replaced if there")
        parser.add_argument("--json", action="store_true", help="print JSON and nothing else")

    def handle(self, *, file: Path, json: bool, **options: Any) -> None:
        try:
            report = backup(file.absolute())
        except MCError as error:
            raise CommandError(error.message) from None
        words = f"Wrote {report.path}: {report.size / 2**20:.1f} MB, {report.files} uploads."
        self.stdout.write(dumps(asdict(report)) if json else words)
