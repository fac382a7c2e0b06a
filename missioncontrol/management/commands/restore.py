"""``manage.py restore FILE``: an installation as it was when it was backed up."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.terminal import dumps
from core.errors import MCError
from missioncontrol.backup import restore


class Command(BaseCommand):
    help = (
        "Put a back-up in the place of what is here. Mission Control must be stopped. The file "
        "is checked first, and what was here is moved aside, not deleted. For SQLite."
    )

    # What is here now may be broken: that is why one restores.
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="what manage.py backup wrote")
        parser.add_argument("--json", action="store_true", help="print JSON and nothing else")

    def handle(self, *, file: Path, json: bool, **options: Any) -> None:
        try:
            report = restore(file.absolute())
        except MCError as error:
            raise CommandError(error.message) from None
        words = (
            f"Put back {report.path}, {report.files} uploads. What was here lies in {report.kept}."
            "\nStart it with make run; that brings it to this version's state."
        )
        self.stdout.write(dumps(asdict(report)) if json else words)
