"""The page as the database has it, read as of one moment."""

import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import QuerySet

from accounts.models import Actor, Workspace
from activity.models import Activity
from agents.models import Agent, Run
from core.errors import NotFound
from tasks.models import Assignment, Task, WorkingVersion
from tasks.working.state import (
    STATUSES,
    ActivityLine,
    AgentLine,
    Note,
    TaskLine,
    WorkingState,
    one_line,
)
from tasks.working.text import number_of, render

DONE_SHOWN = 100
RECENT = 10
ETAG_LENGTH = 32
# How long an edit may take whose base is known by its etag alone.
REMEMBER_S = 3600
# A read within somebody else's transaction is repeated when a verb commits in the midst of it.
TRIES = 10


@dataclass(frozen=True)
class WorkingPage:
    """WORKING.md at one moment.

    `etag` is a digest of all that an editor can change: tasks and notes, not the times, the
    agents and the recent activity. `event_number` is the newest activity in it.
    """

    text: str
    etag: str
    version: int
    event_number: int
    updated_at: datetime


def read_working_state(workspace: Workspace) -> WorkingPage:
    """The page as of one moment, in a constant number of queries; nobody waits for it."""
    with _snapshot():
        page = page_now(workspace)
    remember(workspace, page)
    return page


def remember(workspace: Workspace, page: WorkingPage) -> None:
    """Keep a page that somebody may send back edited, naming it by its etag alone."""
    key = _cache_key(workspace.pk, page.etag)
    cache.set(key, zlib.compress(page.text.encode()), REMEMBER_S)


def remembered(workspace: Workspace, etag: str) -> str | None:
    """A page that was read within the hour, by its etag."""
    packed = cache.get(_cache_key(workspace.pk, etag)) if len(etag) == ETAG_LENGTH else None
    return zlib.decompress(packed).decode() if packed else None


def etag_of(state: WorkingState) -> str:
    """The digest of what an editor can change; the order of lines in a column is not part."""
    tasks = sorted(
        (task.key or "", task.status, task.title, sorted(task.assignees), task.blocked)
        for task in state.tasks
    )
    notes = [(note.heading, note.body) for note in state.notes]
    content = json.dumps([tasks, notes], ensure_ascii=True).encode()
    return hashlib.sha256(content).hexdigest()[:ETAG_LENGTH]


def task_lines(tasks: QuerySet[Task]) -> list[TaskLine]:
    """How tasks stand on the page, in the order of the query. Two queries at most."""
    shown = list(tasks.only("number", "status", "title", "blocked_at", "blocked_reason"))
    holders: dict[UUID, list[str]] = defaultdict(list)
    # As the format has it: what is done no longer says who had it.
    if not all(task.done for task in shown):
        held = Assignment.objects.filter(task__in=tasks.values("pk")).order_by("created_at", "pk")
        signs = held.values_list("task_id", "actor__handle", "actor__agent__session_key")
        for task_id, handle, session_key in signs:
            holders[task_id].append(_sign(handle, session_key))
    return [_task_line(task, holders[task.pk]) for task in shown]


def sign_of(actor: Actor) -> str:
    """How the page names somebody: an agent by its session key, anyone else by their handle."""
    agent: Agent | None = getattr(actor, "agent", None) if actor.is_agent else None
    return _sign(actor.handle, agent.session_key if agent else None)


def _sign(handle: str, session_key: str | None) -> str:
    return session_key if session_key and not set(session_key) & set(" ,@\t\n") else handle


@contextmanager
def _snapshot() -> Iterator[None]:
    """All queries inside see the same moment, and keep no writer waiting.

    Within a transaction that is under way its own isolation holds; _read() looks itself
    whether anything was committed meanwhile.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        # IMMEDIATE, the rule for those who will write, would queue readers behind writers.
        sqlite: Any = connection
        sqlite.ensure_connection()  # It knows its mode from then on.
        usual, sqlite.transaction_mode = sqlite.transaction_mode, "DEFERRED"
        try:
            with transaction.atomic():
                sqlite.transaction_mode = usual
                yield
        finally:
            sqlite.transaction_mode = usual


def page_now(workspace: Workspace, notes: tuple[Note, ...] | None = None) -> WorkingPage:
    """The page within the transaction that is under way, with other notes if they are given."""
    for _ in range(TRIES):
        before = _newest(workspace.pk)
        state, version = _state(before, notes)
        if _newest(workspace.pk).last_event == before.last_event:
            break
    text = render(state)
    assert state.updated is not None
    return WorkingPage(text, etag_of(state), version, before.last_event, state.updated)


def _newest(workspace_id: UUID) -> Workspace:
    workspace = Workspace.objects.filter(pk=workspace_id).first()
    if workspace is None:
        raise NotFound("There is no such workspace.")
    return workspace


def _state(workspace: Workspace, notes: tuple[Note, ...] | None) -> tuple[WorkingState, int]:
    tasks = Task.objects.filter(workspace=workspace)
    open_lines = task_lines(tasks.open().order_by("position", "number"))
    done = tasks.filter(status=Task.Status.DONE)
    done_lines = task_lines(done.order_by("-done_at", "-number")[:DONE_SHOWN])
    done_count = done.count()
    open_lines.sort(key=lambda line: STATUSES.index(line.status))
    activities = list(
        Activity.objects.filter(workspace=workspace)
        .select_related("actor__agent")
        .order_by("-number")[:RECENT]
    )
    newest = WorkingVersion.objects.filter(workspace=workspace).order_by("-number").first()
    updated = activities[0].created_at if activities else workspace.created_at
    state = WorkingState(
        updated=updated.replace(microsecond=0),
        agents=tuple(_agent_lines(workspace.pk)),
        tasks=(*open_lines, *done_lines),
        more_done=done_count - len(done_lines),
        activity=tuple(_activity_line(entry) for entry in activities),
        notes=notes_of(newest) if notes is None else notes,
    )
    return state, newest.number if newest else 0


def notes_of(version: WorkingVersion | None) -> tuple[Note, ...]:
    """The sections of free text that a version holds."""
    if version is None:
        return ()
    return tuple(Note(item["heading"], item["body"]) for item in version.notes)


def _task_line(task: Task, holders: Sequence[str]) -> TaskLine:
    return TaskLine(
        key=task.key,
        status=task.status,
        title=one_line(task.title),
        assignees=() if task.done else tuple(holders),
        # Nor does it say what held it up.
        blocked=(one_line(task.blocked_reason) or "no reason given")
        if task.blocked and not task.done
        else "",
    )


def _agent_lines(workspace_id: UUID) -> Iterator[AgentLine]:
    running = (
        Run.objects.filter(workspace=workspace_id, state=Run.State.RUNNING)
        .select_related("task")
        .order_by("started_at", "pk")
    )
    runs = {run.agent_id: run for run in running}
    agents = Agent.objects.present().filter(workspace=workspace_id).select_related("actor")
    for agent in agents.order_by("created_at", "pk"):
        run = runs.get(agent.pk)
        if run is not None and run.task is not None:
            doing = f"{run.get_state_display()} {run.kind} on {run.task.key} {run.task.title}"
        else:
            doing = run.wake_reason if run is not None else agent.status_reason
        yield AgentLine(one_line(agent.session_key), agent.status, one_line(doing or agent.role))


def _activity_line(entry: Activity) -> ActivityLine:
    who = sign_of(entry.actor) if entry.actor else "mission-control"
    return ActivityLine(f"{entry.created_at:%H:%M}", who, one_line(entry.message))


def _cache_key(workspace_id: UUID, etag: str) -> str:
    return f"working:{workspace_id}:{etag}"


def base_lines(workspace: Workspace, keys: Collection[str]) -> dict[str, TaskLine]:
    """How the tasks with these keys would stand on the page, whether it shows them or not."""
    numbers = [number_of(key) for key in keys]
    tasks = Task.objects.filter(workspace=workspace, number__in=numbers)
    return {line.key: line for line in task_lines(tasks) if line.key}
