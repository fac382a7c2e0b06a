"""``manage.py module``: what modules can do, and doing it."""

import json as jsons
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.models import Membership
from accounts.terminal import WorkspaceCommand, dumps, table
from modules.models import Asset, Job
from modules.operations import Operation, registry
from modules.running.calling import run_here


class Command(WorkspaceCommand):
    help = (
        "List what modules can do, or do it and wait for the result. It runs in this process, "
        "with the same checks, budget and ledger as everywhere."
    )

    def add_own_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
        self.subcommand(commands, "list", "every operation and what it takes")
        show = self.subcommand(commands, "show", "one operation with the schema of its input")
        show.add_argument("name", help="such as language.summarise")
        run = self.subcommand(commands, "run", "do one; the result goes to standard output")
        run.add_argument("name", help="such as language.summarise")
        run.add_argument("given", nargs="*", metavar="KEY=VALUE", help="the input, field by field")
        run.add_argument("--input", default="", metavar="JSON", help="the input; @FILE reads it")
        run.add_argument("--save", type=Path, metavar="FOLDER", help="write what is made there too")

    def carry_out(
        self, member: Membership, *, command: str, **options: Any
    ) -> tuple[Any, Callable[[], str]]:
        if command == "list":
            rows = list(registry)
            return [_row(one) for one in rows], lambda: table(
                [(one.name, ", ".join(one.schema["properties"]), one.description) for one in rows]
            )
        one = registry.get(options["name"])
        if command == "show":
            return _row(one), lambda: f"{one.name}: {one.description}\n{dumps(one.schema)}"
        return self._run(member, one, options)

    def _run(
        self, member: Membership, one: Operation, options: dict[str, Any]
    ) -> tuple[Any, Callable[[], str]]:
        given = input_of(one, options["input"], options["given"])
        job = run_here(actor=member.actor, operation=one.name, input=given, door=Job.Door.COMMAND)
        if job.state != Job.State.SUCCEEDED:
            raise CommandError(job.error or f"The job is {job.state}: {job.pk}")
        made = list(job.assets.all())
        saved = [str(_save(asset, options["save"])) for asset in made] if options["save"] else []
        answer = {
            "job": job.pk,
            "state": job.state,
            "simulated": job.simulated,
            "cost": job.cost,
            "result": job.result,
            "assets": [{"id": one.pk, "name": one.name, "type": one.content_type} for one in made],
            "saved": saved,
        }
        return answer, lambda: _words(job, made, saved)


def input_of(one: Operation, text: str, pairs: list[str]) -> dict[str, Any]:
    """The input from JSON and KEY=VALUE; a value is text where the schema says so, else JSON."""
    given: dict[str, Any] = {}
    if text:
        try:
            given = jsons.loads(Path(text[1:]).read_text() if text.startswith("@") else text)
        except (OSError, ValueError) as error:
            raise CommandError(f"input: {error}") from None
    if not isinstance(given, dict):
        raise CommandError("input: give a JSON object.")
    properties = one.schema["properties"]
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise CommandError(f"{pair}: write KEY=VALUE.")
        if properties.get(name, {}).get("type", "string") == "string":
            given[name] = Path(value[1:]).read_text() if value.startswith("@") else value
            continue
        try:
            given[name] = jsons.loads(value)
        except ValueError:
            raise CommandError(f"{name}: “{value}” is no JSON.") from None
    return given


def _save(asset: Asset, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / asset.name
    with asset.file.open("rb") as file:
        path.write_bytes(file.read())
    return path


def _words(job: Job, made: list[Asset], saved: list[str]) -> str:
    lines = []
    text = job.result.get("text")
    if text:
        lines.append(str(text))
    elif job.result:
        lines.append(dumps(job.result))
    lines += [f"{one.name}  {one.content_type}  {one.pk}" for one in made]
    lines += [f"written: {path}" for path in saved]
    lines.append(
        f"({'simulated, ' if job.simulated else ''}${job.cost / 1_000_000:,.4f}, job {job.pk})"
    )
    return "\n".join(lines)


def _row(one: Operation) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "description": one.description,
        "tool": one.tool,
        "schema": one.schema,
    }
