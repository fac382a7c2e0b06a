"""Where new tasks go: their numbers, and their place at the end of the inbox."""

from functools import cache
from uuid import UUID

from accounts.models import Workspace
from agents.models import Agent
from core.statements import count_up, database, insert, insert_after
from core.values import outgoing
from tasks.models import Task, TaskCounter

# The distance between two cards put one behind the other.
STEP = 1024.0


def next_numbers(workspace_id: UUID, count: int = 1) -> int:
    """Take the next `count` task numbers of a workspace; returns the first of them.

    Others who want a number wait until commit.
    """
    found = count_up(TaskCounter, workspace_id, "last", count)
    if found is None:
        _open_counter(workspace_id)
        found = count_up(TaskCounter, workspace_id, "last", count)
        assert found is not None
    return int(found[0]) - count + 1


def place(task: Task) -> bool:
    """Number a new task, put it at the end of the inbox, insert it.

    Returns whether somebody hands out work in the workspace. Whoever makes the next task
    waits from here until commit, so on PostgreSQL all of it is one statement.
    """
    while True:
        found = _in_one(task) if database().vendor == "postgresql" else _one_by_one(task)
        if found is not None:
            return found
        _open_counter(task.workspace_id)


def _in_one(task: Task) -> bool | None:
    workspace = task.workspace_id
    found = insert_after(
        task,
        first=_first(),
        given=[workspace, workspace, workspace],
        filled=["number", "position"],
        back=["number", "position", "(SELECT watched FROM first)"],
    )
    if found is None:
        return None
    task.number, task.position = found[0], found[1]
    return bool(found[2])


def _one_by_one(task: Task) -> bool | None:
    own = outgoing(Workspace._meta.pk, task.workspace_id, database())
    also = [(_last_position(), [own]), (_watched(), [own])]
    found = count_up(TaskCounter, task.workspace_id, "last", 1, also=also)
    if found is None:
        return None
    task.number, task.position = found[0], (found[1] or 0.0) + STEP
    insert([task])
    return bool(found[2])


def _open_counter(workspace_id: UUID) -> None:
    TaskCounter.objects.get_or_create(workspace_id=workspace_id)


@cache
def _first() -> str:
    counters = database().ops.quote_name(TaskCounter._meta.db_table)
    return (
        f"UPDATE {counters} SET last = last + 1 WHERE workspace_id = %s "
        f"RETURNING last AS number, COALESCE({_last_position()}, 0) + {STEP} AS position, "
        f"{_watched()} AS watched"
    )


@cache
def _last_position() -> str:
    table = database().ops.quote_name(Task._meta.db_table)
    return f"(SELECT MAX(position) FROM {table} WHERE status = 'inbox' AND workspace_id = %s)"


@cache
def _watched() -> str:
    table = database().ops.quote_name(Agent._meta.db_table)
    return (
        f"EXISTS(SELECT 1 FROM {table} WHERE duty = 'orchestrator' AND retired_at IS NULL"
        " AND workspace_id = %s)"
    )
