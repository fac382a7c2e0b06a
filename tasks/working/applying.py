"""What a merged edit asks for, done through the verbs of the board."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar
from uuid import UUID

from accounts.models import Actor, Workspace
from activity.log import logged
from core.errors import Conflict, Forbidden, Invalid, MCError
from tasks import actions
from tasks.actions.common import hold_runs
from tasks.models import Task
from tasks.working.changes import (
    AssigneesChanged,
    BlockChanged,
    FieldChange,
    HouseLinesChanged,
    LineRemoved,
    Merged,
    NotesChanged,
    Retitled,
    StatusChanged,
    TaskAdded,
)
from tasks.working.names import Names
from tasks.working.text import number_of

C = TypeVar("C", bound=FieldChange)
REASON = "in WORKING.md"


@dataclass(frozen=True)
class Ignored:
    """Something in an edit that changes nothing, and why. `line` is 0 where there is none."""

    line: int
    text: str
    reason: str


@dataclass
class Applied:
    """What was done, in words, and what was not."""

    applied: list[str] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)


def lock_tasks(workspace: Workspace, keys: Collection[str]) -> None:
    """Hold the rows of these tasks until commit: their live runs, then they themselves.

    Runs before tasks, and subtasks before what they belong to: that is the order in which
    every verb of the board takes its locks.
    """
    if not keys:
        return
    tasks = Task.objects.filter(workspace=workspace)
    parents = dict(tasks.values_list("pk", "parent_id"))

    def depth(pk: UUID) -> int:
        above = parents.get(pk)
        return 0 if above is None else 1 + depth(above)

    wanted = sorted(
        tasks.filter(number__in=[number_of(key) for key in keys]).values_list("pk", flat=True),
        key=lambda pk: (-depth(pk), pk),
    )
    hold_runs(wanted)
    for pk in wanted:
        list(tasks.filter(pk=pk).select_for_update(no_key=True).values_list("pk"))


def apply(actor: Actor, workspace: Workspace, merged: Merged, *, strict: bool) -> Applied:
    """Do what the changes say. Call it within a verb.

    When strict, the first thing that a verb refuses ends it with that refusal and the line
    it stands in. Otherwise what is refused is listed and the rest is done.
    """
    return _Hand(actor, workspace, strict).do(merged)


class _Hand:
    def __init__(self, actor: Actor, workspace: Workspace, strict: bool) -> None:
        self.actor = actor
        self.workspace = workspace
        self.strict = strict
        self.names = Names(workspace)
        self.out = Applied()

    def do(self, merged: Merged) -> Applied:
        by_task: dict[str, list[FieldChange]] = {}
        for change in merged.changes:
            if isinstance(change, StatusChanged | AssigneesChanged | Retitled | BlockChanged):
                by_task.setdefault(change.key, []).append(change)
            elif isinstance(change, TaskAdded):
                self._try(change.task.title, change.line, partial(self._add, change))
            elif isinstance(change, LineRemoved):
                self._ignore(
                    0,
                    f"{change.key} {change.title}",
                    "Taking a line out deletes no task. Delete it on its own page.",
                )
            elif isinstance(change, HouseLinesChanged):
                self._ignore(0, change.what, change.reason)
            elif isinstance(change, NotesChanged):
                self.out.applied.append(_about_notes(change))
        self._change_tasks(by_task)
        return self.out

    def _change_tasks(self, by_task: dict[str, list[FieldChange]]) -> None:
        """Change the tasks in whatever order works.

        A task may wait for another that the same edit brings to done: what is refused for
        its state comes again after the others, until nothing moves any more.
        """
        left = dict(by_task)
        while left:
            refused: dict[str, Conflict] = {}
            for key, changes in left.items():
                try:
                    with logged(savepoint=True):
                        said = self._change(key, changes)
                except Conflict as error:
                    refused[key] = error
                except MCError as error:
                    self._refuse(key, changes[0].line, error)
                else:
                    self.out.applied += said
            if len(refused) == len(left):
                for key, refusal in refused.items():
                    self._refuse(key, left[key][0].line, refusal)
                return
            left = {key: left[key] for key in refused}

    def _change(self, key: str, changes: list[FieldChange]) -> list[str]:
        task = Task.objects.get(workspace=self.workspace, number=number_of(key))
        title, block = _one(changes, Retitled), _one(changes, BlockChanged)
        status, assignees = _one(changes, StatusChanged), _one(changes, AssigneesChanged)
        target = status.after if status else task.status
        said = []
        if title:
            actions.edit_task(actor=self.actor, task=task, title=title.after)
            said.append(f"{key}: called “{title.after}”")
        if block and not block.after:
            if self.actor.is_agent:
                raise Forbidden("Agents do not unblock tasks; ask a person.")
            actions.unblock_task(actor=self.actor, task=task, note=REASON)
            said.append(f"{key}: unblocked")
        # A line in the inbox that is given somebody in its place goes to ASSIGNED by that.
        if assignees and (target == "done" or (status and target == "inbox")):
            if assignees.after:
                self._ignore(
                    assignees.line,
                    f"{key}: {_names(assignees.after)}",
                    f"What comes to {target.upper()} is given to nobody by that.",
                )
            assignees = None
        if task.done and status and not task.assignments.exists():
            # What nobody has is reopened by way of the inbox, as if it had just come in.
            task = self._move(task, "inbox")
        reopened = task.done and status is not None
        # Given away first: what comes to ASSIGNED without anybody goes to whoever fits best.
        # Only what is done must be open before.
        if assignees and not reopened:
            said.append(self._assign(task, assignees))
        if status:
            self._move(task, target)
            said.append(f"{key}: {status.before.upper()} → {target.upper()}")
        if assignees and reopened:
            said.append(self._assign(task, assignees))
        if block and block.after:
            actions.block_task(actor=self.actor, task=task, reason=block.after)
            said.append(f"{key}: blocked: {block.after}")
        return said

    def _assign(self, task: Task, change: AssigneesChanged) -> str:
        actions.assign_task(
            actor=self.actor, task=task, assignees=self._actors(change.after), why=REASON
        )
        return f"{task.key}: given to {_names(change.after)}"

    def _move(self, task: Task, status: str) -> Task:
        # What is finished carries somebody's word for it; the verbs have the right ones.
        reason = "" if status in ("review", "done") else REASON
        return actions.move_task(actor=self.actor, task=task, status=status, reason=reason)

    def _actors(self, names: Collection[str]) -> list[Actor]:
        try:
            return self.names.actors(names)
        except KeyError as error:
            raise Invalid(
                f"There is nobody called @{error.args[0]} here.", code="unknown_handle"
            ) from error

    def _add(self, change: TaskAdded) -> None:
        line = change.task
        task = actions.create_task(actor=self.actor, title=line.title)
        if line.assignees:
            task = actions.assign_task(
                actor=self.actor, task=task, assignees=self._actors(line.assignees), why=REASON
            )
        if line.status != task.status and not (line.status == "inbox" and line.assignees):
            task = self._move(task, line.status)
        if line.blocked and not task.done:
            actions.block_task(actor=self.actor, task=task, reason=line.blocked)
        self.out.applied.append(f"{task.key}: new in {task.status.upper()}, “{task.title}”")

    def _try(self, what: str, line: int, do: Callable[[], None]) -> None:
        try:
            with logged(savepoint=True):
                do()
        except MCError as error:
            self._refuse(what, line, error)

    def _refuse(self, what: str, line: int, error: MCError) -> None:
        if not self.strict:
            self._ignore(line, what, error.message)
            return
        where = f"Line {line}: " if line else ""
        raise type(error)(
            f"{where}{error.message}",
            code=error.code,
            field="text",
            details={**error.details, "line": line, "about": what},
        ) from error

    def _ignore(self, line: int, text: str, reason: str) -> None:
        self.out.ignored.append(Ignored(line, text, reason))


def _one(changes: list[FieldChange], kind: type[C]) -> C | None:
    return next((change for change in changes if isinstance(change, kind)), None)


def _about_notes(change: NotesChanged) -> str:
    name = f"notes “{change.note[0].strip()}”"
    if change.before is None:
        return f"{name} added"
    if change.after is None:
        return f"{name} removed"
    return f"{name} changed" if change.before != change.after else f"{name} moved"


def _names(names: Collection[str]) -> str:
    return ", ".join(f"@{name}" for name in names) or "nobody"
