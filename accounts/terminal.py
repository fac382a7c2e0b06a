"""What commands on the board share: in whose name, in which workspace, in which form."""

import json
from argparse import SUPPRESS
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Membership, Workspace
from core.errors import MCError


class WorkspaceCommand(BaseCommand):
    """A command in the name of a member, in one workspace: --workspace, --as, --json.

    What is refused is told in one line on standard error, with status 1; with --json the
    answer is JSON and nothing else.
    """

    def add_arguments(self, parser: CommandParser) -> None:
        _add_common(parser)
        self.add_own_arguments(parser)

    def add_own_arguments(self, parser: CommandParser) -> None:
        """The arguments beyond the common ones."""

    @staticmethod
    def subcommand(commands: Any, name: str, words: str) -> CommandParser:
        """One more of `commands`, which understands the common options behind its name too."""
        parser: CommandParser = commands.add_parser(name, help=words, description=words)
        _add_common(parser, default=SUPPRESS)
        return parser

    def handle(
        self, *args: Any, workspace: str | None, username: str | None, json: bool, **options: Any
    ) -> None:
        member = find_member(workspace, username)
        try:
            answer, words = self.carry_out(member, **options)
        except MCError as error:
            told = not error.field or error.message.startswith(error.field)
            where = "" if told else f"{error.field}: "
            raise CommandError(f"{where}{error.message}") from None
        self.stdout.write(dumps(answer) if json else words())

    def carry_out(self, *given: Any, **options: Any) -> tuple[Any, Callable[[], str]]:
        """Do it for the member: the answer for programs, and how to say it to people."""
        raise CommandError("This command does nothing by itself.")


def _add_common(parser: CommandParser, **default: Any) -> None:
    parser.add_argument(
        "--workspace", metavar="SLUG", help="which one; the oldest if left out", **default
    )
    parser.add_argument(
        "--as",
        metavar="USERNAME",
        dest="username",
        help="in whose name; an owner's if left out",
        **default,
    )
    parser.add_argument(
        "--json", action="store_true", help="print JSON and nothing else", **default
    )


def find_member(slug: str | None, username: str | None) -> Membership:
    """Whoever a command acts for. Raises CommandError saying what was not found."""
    members = (
        Membership.objects.select_related("actor__workspace", "workspace", "user")
        .filter(actor__active=True)
        .order_by("workspace__created_at", "created_at")
    )
    if slug:
        if not Workspace.objects.filter(slug=slug).exists():
            raise CommandError(f"workspace: there is no workspace called {slug}.")
        members = members.filter(workspace__slug=slug)
    if username:
        found = members.filter(user__username=username).first()
        if found is None:
            raise CommandError(f"as: there is no member called {username}.")
        return found
    found = members.filter(role=Membership.Role.OWNER).first()
    if found is None:
        raise CommandError("workspace: there is none with an owner yet; make the first account.")
    return found


def dumps(value: Any) -> str:
    """JSON as the commands print it."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def table(rows: list[tuple[str, ...]], *, none: str = "There are none.") -> str:
    """Rows in columns as wide as what is in them; the last one as it comes."""
    if not rows:
        return none
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
