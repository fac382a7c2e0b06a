"""Writing the page: an edit becomes calls of the board's verbs, all of them or none."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from django.db import transaction

from accounts.models import Actor, Workspace
from accounts.roles import require
from activity.log import record, repeatedly, verb
from activity.models import Activity
from core.errors import Conflict, Invalid, NotFound
from core.turns import take_turn
from tasks.models import Task, WorkingVersion
from tasks.working.applying import Applied, Ignored, apply, lock_tasks
from tasks.working.changes import Merged, merge
from tasks.working.names import Names
from tasks.working.page import (
    WorkingPage,
    base_lines,
    etag_of,
    notes_of,
    page_now,
    remember,
    remembered,
)
from tasks.working.state import TaskLine, WorkingState
from tasks.working.text import number_of, parse

__all__ = ["Ignored", "WriteResult", "write_working_state"]

MAX_TEXT = 1_000_000
KEEP = 500
# A base that is known by its etag alone is looked for in this many stored versions.
LOOK_BACK = 50


@dataclass(frozen=True)
class WriteResult:
    """What came of an edit; `text` and `etag` are the page afterwards.

    `version` is the newest stored one: a new one unless nothing was changed.
    """

    version: int
    applied: list[str] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    text: str = ""
    etag: str = ""


def write_working_state(
    *,
    actor: Actor,
    workspace: Workspace,
    text: str,
    base_etag: str | None = None,
    base_text: str | None = None,
    note: str = "",
) -> WriteResult:
    """Apply an edited page through the verbs of the board, all of it or nothing.

    The edit is what lies between the base and `text`; it is brought to the page as it is by
    now. Stores a version and records one `working.edited`, unless nothing was changed.
    Raises Conflict with code working_conflict, both texts and the clashes in its details,
    when the same thing was changed meanwhile; Invalid with the line of what cannot be done.
    """
    check_actor(actor, workspace)
    mine = readable(text)
    if base_text is None and not base_etag:
        raise Invalid(
            "Say which page was edited: its etag, or its text.",
            field="base_etag",
            code="base_needed",
        )
    base = readable(base_text, field="base_text") if base_text is not None else None

    def plan(page: WorkingPage) -> Plan:
        known = base or _base_of(workspace, page, base_etag or "")
        if known is None:
            raise _conflict(
                "The page that was edited is no longer known here: compare and send it again.",
                workspace,
                text,
                page,
                Merged(),
            )
        if base is None:
            # Their etag is the same whatever the agents do and whatever else has happened:
            # here nobody can tell an edit of those lines from their having moved on.
            known = replace(known, agents=mine.agents, activity=mine.activity)
        number = _number_of(workspace, known)
        return _plan(actor, workspace, text, mine, known, page, number)

    return write(actor=actor, workspace=workspace, plan=plan, note=note)


@dataclass(frozen=True)
class Plan:
    """What a write is going to do, and how strictly."""

    merged: Merged
    strict: bool = True
    base_number: int | None = None
    ignored: tuple[Ignored, ...] = ()


Planner: TypeAlias = Callable[[WorkingPage], Plan]


def _plan(
    actor: Actor,
    workspace: Workspace,
    text: str,
    mine: WorkingState,
    base: WorkingState,
    page: WorkingPage,
    number: int | None,
) -> Plan:
    names = Names(workspace)
    base = names.known(base, strict=False)
    mine = names.known(mine, familiar=[name for task in base.tasks for name in task.assignees])
    theirs = present(workspace, base, mine, page)
    _check_keys(mine, base, theirs)
    merged = merge(base, mine, theirs)
    if merged.clashes:
        first = merged.clashes[0].message
        more = len(merged.clashes) - 1
        raise _conflict(
            first + (f" And {more} more." if more else ""), workspace, text, page, merged
        )
    return Plan(merged, base_number=number)


def present(
    workspace: Workspace, base: WorkingState, mine: WorkingState, page: WorkingPage
) -> WorkingState:
    """What the database says of all that an edit touches, those rows held until commit.

    Not what the page shows: it leaves out old done tasks.
    """
    touched = {key for key, line in mine.by_key().items() if base.by_key().get(key) != line}
    lock_tasks(workspace, touched)
    lines = base_lines(workspace, {*base.by_key(), *mine.by_key()})
    lines |= _arrived(workspace, base, mine)
    newest = WorkingVersion.objects.filter(workspace=workspace).order_by("-number").first()
    shown = parse(page.text)
    return replace(shown, tasks=tuple(lines.values()), notes=notes_of(newest))


def _arrived(workspace: Workspace, base: WorkingState, mine: WorkingState) -> dict[str, TaskLine]:
    """Tasks newer than the base that are called like a line the editor added."""
    titles = {task.title for task in mine.tasks if task.key is None}
    if not titles:
        return {}
    last = max((number_of(key) for key in base.by_key()), default=0)
    found = Task.objects.filter(workspace=workspace, number__gt=last, title__in=titles)
    return base_lines(workspace, [task.key for task in found])


def write(*, actor: Actor, workspace: Workspace, plan: Planner, note: str = "") -> WriteResult:
    """Do what `plan` makes of the present page, in one transaction, one writer at a time.

    A deadlock with another verb is tried again, unless a transaction is under way already.
    """
    return repeatedly(lambda: _write(actor, workspace, plan, note))


@transaction.atomic
def _write(actor: Actor, workspace: Workspace, plan: Planner, note: str) -> WriteResult:
    take_page_turn(workspace)
    page = page_now(workspace)
    planned = plan(page)
    done, entry = _apply(actor, workspace, planned, page.version + 1, note)
    ignored = [*planned.ignored, *done.ignored]
    if entry is None:
        return WriteResult(page.version, [], ignored, page.text, page.etag)
    # The end of a verb holds the row of the workspace, and with it every other verb's end:
    # the page is read as of exactly this change. Within a larger verb that is yet to come.
    if not entry.number:
        Workspace.objects.select_for_update().get(pk=workspace.pk)
    after = page_now(workspace, planned.merged.notes)
    remember(workspace, after)
    version = keep_version(workspace, actor, after, base_number=planned.base_number, note=note)
    return WriteResult(version.number, done.applied, ignored, after.text, after.etag)


@verb
def _apply(
    actor: Actor, workspace: Workspace, plan: Plan, number: int, note: str
) -> tuple[Applied, Activity | None]:
    done = apply(actor, workspace, plan.merged, strict=plan.strict)
    if not done.applied:
        return done, None
    few = "; ".join(done.applied[:3]) + ("; …" if len(done.applied) > 3 else "")
    entry = record(
        actor=actor,
        verb="working.edited",
        message=f"edited WORKING.md: {few}" if not note else f"{note}: {few}",
        workspace=workspace,
        data={
            "version": number,
            "applied": done.applied[:100],
            "ignored": len(done.ignored) + len(plan.ignored),
        },
    )
    return done, entry


def keep_version(
    workspace: Workspace,
    actor: Actor,
    page: WorkingPage,
    *,
    base_number: int | None = None,
    note: str = "",
) -> WorkingVersion:
    """Store a page as the newest version; the oldest go. Needs the turn."""
    version = WorkingVersion.objects.create(
        workspace=workspace,
        number=page.version + 1,
        text=page.text,
        notes=[{"heading": each.heading, "body": each.body} for each in parse(page.text).notes],
        author=actor,
        base_number=base_number,
        event_number=page.event_number,
        note=note[:200],
    )
    WorkingVersion.objects.filter(workspace=workspace, number__lte=version.number - KEEP).delete()
    return version


def take_page_turn(workspace: Workspace) -> None:
    """Wait until no other transaction writes this page; held until commit."""
    take_turn(f"working:{workspace.pk}")


def readable(text: str, *, field: str = "text") -> WorkingState:
    """What a page says. Raises Invalid with all its problems when it cannot be understood."""
    if len(text) > MAX_TEXT:
        raise Invalid(
            f"WORKING.md has {MAX_TEXT:,} characters at most; this has {len(text):,}.", field=field
        )
    for number, line in enumerate(text.split("\n"), 1):
        if "\x00" in line or any("\ud800" <= char <= "\udfff" for char in line):
            raise Invalid(
                f"Line {number}: this is not text.", field=field, details={"line": number}
            )
    state = parse(text)
    if state.problems:
        first = state.problems[0]
        raise Invalid(
            f"Line {first.line}: {first.message}",
            field=field,
            code="working_unreadable",
            details={
                "line": first.line,
                "problems": [{"line": p.line, "message": p.message} for p in state.problems[:50]],
            },
        )
    return state


def check_actor(actor: Actor, workspace: Workspace) -> None:
    if actor.workspace_id != workspace.pk:
        raise NotFound("There is no such workspace.")
    require(actor, "work")


def _check_keys(mine: WorkingState, base: WorkingState, theirs: WorkingState) -> None:
    known = {*base.by_key(), *theirs.by_key()}
    for key, line in mine.by_key().items():
        if key not in known:
            raise Invalid(
                f"Line {line.line}: There is no task {key}. Write [NEW] for a new one.",
                field="text",
                code="unknown_task",
                details={"line": line.line, "task": key},
            )


def _conflict(
    message: str, workspace: Workspace, mine: str, page: WorkingPage, merged: Merged
) -> Conflict:
    remember(workspace, page)
    return Conflict(
        message,
        code="working_conflict",
        field="text",
        details={
            "mine": mine,
            "theirs": page.text,
            "etag": page.etag,
            "clashes": [
                {
                    "key": clash.key,
                    "field": clash.field,
                    "line": clash.line,
                    "base": clash.base,
                    "mine": clash.mine,
                    "theirs": clash.theirs,
                    "message": clash.message,
                }
                for clash in merged.clashes
            ],
        },
    )


def _base_of(workspace: Workspace, page: WorkingPage, etag: str) -> WorkingState | None:
    if etag == page.etag:
        return parse(page.text)
    text = remembered(workspace, etag)
    if text is not None:
        return parse(text)
    return next(
        (state for _, state in _recent(workspace) if etag_of(state) == etag),
        None,
    )


def _number_of(workspace: Workspace, base: WorkingState) -> int | None:
    """The newest stored version, when it is what was edited."""
    newest = WorkingVersion.objects.filter(workspace=workspace).order_by("-number").first()
    return newest.number if newest and etag_of(parse(newest.text)) == etag_of(base) else None


def _recent(workspace: Workspace) -> Iterator[tuple[int, WorkingState]]:
    versions = WorkingVersion.objects.filter(workspace=workspace).order_by("-number")
    for version in versions[:LOOK_BACK]:
        yield version.number, parse(version.text)
