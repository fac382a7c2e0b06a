"""``manage.py import_json FILE``: what there was in VEGA, into a workspace."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from accounts.models import Membership
from accounts.terminal import WorkspaceCommand
from dashboard.vega import VegaReport, import_vega

SHOWN = 50


class Command(WorkspaceCommand):
    help = (
        "Take users, cores, agents, modules and conversations from a JSON export of VEGA into a "
        "workspace: all of it or nothing. What is here already stays as it is, so that a second "
        "run changes nothing. Passwords, hashes and keys are never taken over. The layout of "
        "the file is in docs/import.md."
    )

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the JSON export")
        parser.add_argument(
            "--dry-run", action="store_true", help="try all of it, and leave nothing behind"
        )

    def carry_out(
        self, member: Membership, *, file: Path, dry_run: bool, **options: Any
    ) -> tuple[Any, Callable[[], str]]:
        report = import_vega(actor=member.actor, path=file, dry_run=dry_run)
        return asdict(report), lambda: _words(report)


def _words(report: VegaReport) -> str:
    made = ", ".join(f"{count} {what}" for what, count in report.made.items()) or "nothing new"
    said = [
        f"It would make {made}. Nothing was changed."
        if report.dry_run
        else f"Into {report.workspace}: {made}."
    ]
    if report.known:
        here = ", ".join(f"{count} {what}" for what, count in report.known.items())
        said.append(f"Here already, and left as they are: {here}.")
    if report.new_people:
        said.append(
            f"New here, without a password: {', '.join(report.new_people)}. "
            "Set one with manage.py changepassword, or invite them."
        )
    if report.models_without_key:
        names = ", ".join(report.models_without_key)
        said.append(f"Switched off until they have a key, under Models: {names}.")
    said += [f"Skipped {one['what']}: {one['why']}." for one in report.skipped[:SHOWN]]
    if (more := len(report.skipped) - SHOWN) > 0:
        said.append(f"And {more} more; --json tells all.")
    return "\n".join(said)
