"""`manage.py working_state`: WORKING.md to a file and back, its history, an earlier state."""

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import system_actor
from accounts.models import Actor, Workspace
from core.errors import MCError
from tasks import working


class Command(BaseCommand):
    help = "Export WORKING.md to a file, import an edited one, list versions, restore one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--workspace", metavar="SLUG", help="Needed when there are several workspaces"
        )
        parser.add_argument(
            "--as", dest="handle", help="Handle of whoever does it; left out, the system itself"
        )
        commands = parser.add_subparsers(dest="command", required=True)
        export = commands.add_parser("export", help="Write the page to a file, or to the screen")
        export.add_argument("file", nargs="?", default="-")
        export.add_argument("--version", type=int, dest="number", help="An earlier one")
        load = commands.add_parser("import", help="Apply an edited page")
        load.add_argument("file")
        load.add_argument(
            "--base",
            help="The file as it was exported; left out, the page is brought to what FILE says",
        )
        history = commands.add_parser("history", help="List the versions, newest first")
        history.add_argument("--limit", type=int, default=20)
        restore = commands.add_parser("restore", help="Bring an earlier version back")
        restore.add_argument("number", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = self._workspace(options["workspace"])
        actor = self._actor(workspace, options["handle"])
        try:
            match options["command"]:
                case "export":
                    self._export(workspace, options["file"], options["number"])
                case "import":
                    self._import(workspace, actor, options["file"], options["base"])
                case "history":
                    self._history(workspace, options["limit"])
                case "restore":
                    number = options["number"]
                    self._tell(
                        working.restore_working_version(
                            actor=actor, workspace=workspace, number=number
                        )
                    )
        except MCError as error:
            clashes = [clash["message"] for clash in error.details.get("clashes", [])]
            problems = [
                f"Line {problem['line']}: {problem['message']}"
                for problem in error.details.get("problems", [])
            ]
            raise CommandError("\n".join([error.message, *clashes, *problems[1:]])) from error

    def _export(self, workspace: Workspace, file: str, number: int | None) -> None:
        if number is None:
            text = working.read_working_state(workspace).text
        else:
            text = working.working_version(workspace, number).text
        if file == "-":
            self.stdout.write(text, ending="")
            return
        write_whole(Path(file), text)
        self.stdout.write(f"Wrote {file}.")

    def _import(self, workspace: Workspace, actor: Actor, file: str, base: str | None) -> None:
        text = read_text(Path(file))
        before = read_text(Path(base)) if base else working.read_working_state(workspace).text
        self._tell(
            working.write_working_state(
                actor=actor, workspace=workspace, text=text, base_text=before, note="imported"
            )
        )

    def _history(self, workspace: Workspace, limit: int) -> None:
        for version in working.working_versions(workspace)[: max(limit, 1)]:
            at = f"{version.created_at:%Y-%m-%d %H:%M:%S}"
            note = f"  {version.note}" if version.note else ""
            self.stdout.write(f"{version.number:>5}  {at}  @{version.author.handle}{note}")

    def _tell(self, result: working.WriteResult) -> None:
        for said in result.applied:
            self.stdout.write(said)
        for item in result.ignored:
            self.stdout.write(f"Left alone: {item.text}: {item.reason}")
        if not result.applied:
            self.stdout.write("Nothing was changed.")
        else:
            self.stdout.write(f"This is version {result.version}.")

    def _workspace(self, slug: str | None) -> Workspace:
        workspaces = Workspace.objects.order_by("created_at")
        if slug:
            workspaces = workspaces.filter(slug=slug)
        found = list(workspaces[:2])
        if len(found) == 1:
            return found[0]
        if not found:
            raise CommandError(f"There is no workspace “{slug}”." if slug else "Nothing yet.")
        slugs = ", ".join(workspaces.values_list("slug", flat=True)[:20])
        raise CommandError(f"Say which workspace by --workspace: {slugs}")

    def _actor(self, workspace: Workspace, handle: str | None) -> Actor:
        if not handle:
            return system_actor(workspace)
        name = handle.lstrip("@").lower()
        actor = Actor.objects.filter(workspace=workspace, handle=name).first()
        if actor is None:
            raise CommandError(f"There is nobody called @{name} here.")
        return actor


def read_text(path: Path) -> str:
    """The text of a file. Raises CommandError when it cannot be read or is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read as text: {error}") from error


def write_whole(path: Path, text: str) -> None:
    """Put `text` into the file at once: whoever reads it sees all of the old or of the new."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error}") from error
