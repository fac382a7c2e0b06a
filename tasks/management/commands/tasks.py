"""``manage.py tasks``: the board in a terminal."""

from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser

from accounts.models import Membership
from accounts.terminal import WorkspaceCommand, table
from tasks import actions
from tasks.lookup import find_actor, find_task
from tasks.models import Task
from tasks.rows import tasks_of
from tasks.why import why

PRIORITIES = {"low": 0, "normal": 1, "high": 2, "urgent": 3}


class Command(WorkspaceCommand):
    help = "List tasks, make one, move one, try one again, or ask why one is where it is."

    def add_own_arguments(self, parser: CommandParser) -> None:
        statuses = [str(status) for status in Task.Status.values]
        commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
        listing = self.subcommand(commands, "list", "the tasks, those changed last first")
        listing.add_argument("--status", choices=statuses)
        listing.add_argument("--assignee", metavar="HANDLE", help="only those of this handle")
        listing.add_argument("--search", metavar="WORDS", help="words in the title")
        listing.add_argument("--limit", type=int, default=50, help="how many; 50 if left out")
        create = self.subcommand(commands, "create", "make a task")
        create.add_argument("title", help="what is to be done, in one line")
        create.add_argument("--description", default="", help="Markdown")
        create.add_argument("--assignee", metavar="HANDLE", help="whom it is given to")
        create.add_argument("--parent", metavar="KEY", help="the task that it is part of")
        create.add_argument("--depends-on", metavar="KEY", action="append", default=[])
        create.add_argument("--criterion", metavar="WORDS", action="append", default=[])
        create.add_argument("--needs", metavar="CAPABILITY", action="append", default=[])
        create.add_argument("--priority", choices=PRIORITIES, default="normal")
        move = self.subcommand(commands, "move", "bring a task to another status")
        move.add_argument("key", help="TASK-012, or 12")
        move.add_argument("status", choices=statuses)
        move.add_argument("--reason", default="", help="written to the log")
        again = self.subcommand(commands, "retry", "unblock a task and try it again now")
        again.add_argument("key", help="TASK-012, or 12")
        asking = self.subcommand(commands, "why", "what a task waits for and what would move it")
        asking.add_argument("key", help="TASK-012, or 12")

    def carry_out(
        self, member: Membership, *, command: str, **options: Any
    ) -> tuple[Any, Callable[[], str]]:
        if command == "list":
            return _list(member, **options)
        if command == "create":
            return _told(_create(member, **options))
        task = find_task(member.workspace, options["key"])
        if command == "move":
            return _told(
                actions.move_task(
                    actor=member.actor,
                    task=task,
                    status=options["status"],
                    reason=options["reason"],
                )
            )
        if command == "retry":
            return _told(actions.retry_task(actor=member.actor, task=task))
        reason = why(task)
        answer = {"task": task.key, "status": task.status, **reason.as_dict()}
        said = f"{task.key} {task.title} ({task.get_status_display()})"
        return answer, lambda: f"{said}\n{reason.sentence}\n{reason.moves}"


def _list(
    member: Membership,
    *,
    status: str | None,
    assignee: str | None,
    search: str | None,
    limit: int,
    **options: Any,
) -> tuple[Any, Callable[[], str]]:
    rows = Task.objects.filter(workspace=member.workspace)
    if status:
        rows = rows.filter(status=status)
    if assignee:
        rows = rows.filter(assignees=find_actor(member.workspace, assignee, field="assignee"))
    if search:
        rows = rows.filter(title__icontains=search)
    found = tasks_of(rows.order_by("-updated_at", "-number")[: max(1, limit)])
    return found, lambda: table(
        [
            (
                row["key"],
                row["status"],
                " ".join(f"@{one['handle']}" for one in row["assignees"]) or "-",
                row["title"],
            )
            for row in found
        ]
    )


def _create(member: Membership, **options: Any) -> Task:
    home = member.workspace
    assignee, parent = options["assignee"], options["parent"]
    return actions.create_task(
        actor=member.actor,
        title=options["title"],
        description=options["description"],
        assignees=[find_actor(home, assignee, field="assignee")] if assignee else (),
        parent=find_task(home, parent, field="parent") if parent else None,
        depends_on=[find_task(home, key, field="depends_on") for key in options["depends_on"]],
        criteria=options["criterion"],
        needs=options["needs"],
        priority=PRIORITIES[options["priority"]],
    )


def _told(task: Task) -> tuple[Any, Callable[[], str]]:
    answer = tasks_of(Task.objects.filter(pk=task.pk))[0]
    return answer, lambda: f"{task.key} {task.title}: {task.get_status_display()}."
