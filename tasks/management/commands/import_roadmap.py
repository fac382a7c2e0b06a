"""``manage.py import_roadmap FILE``: a plan in Markdown becomes tasks."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.terminal import dumps, find_member
from core.errors import MCError
from tasks.roadmap.checks import MAX_BYTES, check_size
from tasks.roadmap.importing import ImportReport, import_roadmap
from tasks.roadmap.parse import parse
from tasks.roadmap.render import render
from tasks.roadmap.tree import Roadmap


class Command(BaseCommand):
    help = (
        "Take a plan in Markdown into the board. The same file again changes nothing. With "
        "--dry-run, show what is understood and change nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the plan; - reads standard input")
        parser.add_argument("--dry-run", action="store_true", help="only show the tree")
        parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
        parser.add_argument(
            "--workspace", metavar="SLUG", help="where to; the first one if left out"
        )
        parser.add_argument(
            "--as",
            metavar="USERNAME",
            dest="username",
            help="in whose name; the owner's if left out",
        )
        parser.add_argument(
            "--title", default="", help="what the roadmap is called, if not as its file says"
        )

    def handle(
        self,
        *,
        file: str,
        dry_run: bool,
        json: bool,
        workspace: str | None,
        username: str | None,
        title: str,
        **options: Any,
    ) -> None:
        try:
            data = _read(file)
            if dry_run:
                roadmap = parse(data)
                self.stdout.write(dumps(roadmap.to_json()) if json else _tree(roadmap))
                return
            member = find_member(workspace, username)
            report = import_roadmap(
                actor=member.actor, workspace=member.workspace, text=data, title=title
            )
        except MCError as error:
            raise CommandError(f"{error.field or error.code}: {error.message}") from None
        self.stdout.write(dumps(_result(report)) if json else _words(report))


def _read(file: str) -> bytes:
    """The file's bytes; of one that is too large, none or no more than shows it."""
    if file == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        check_size(Path(file).stat().st_size)
        return Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"file: {file} cannot be read: {error.strerror}.") from None


def _result(report: ImportReport) -> dict[str, Any]:
    return {**report.roadmap.to_json(), "import": report.to_json()}


def _tree(roadmap: Roadmap) -> str:
    counts = roadmap.counts()
    said = [render(roadmap).rstrip(), "", "---", ""]
    said.append(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()))
    said += [f"line {one.line}: {one.why}: {one.text}" for one in roadmap.problems]
    return "\n".join(said)


def _words(report: ImportReport) -> str:
    counts = f"{len(report.created)} created, {len(report.updated)} changed"
    said = [f"“{report.title}”: {counts}, {report.unchanged} as before."]
    said += [f"{one.key} {one.title}: {one.why}" for one in report.kept]
    said += [f"line {one.line}: {one.why}: {one.text}" for one in report.roadmap.problems]
    return "\n".join(said)
