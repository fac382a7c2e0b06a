"""Giving entries of the log their numbers, and writing them, in as few statements as can be.

Raising the workspace's counter locks its row until commit: that is what makes the numbers
follow the order of commits, and what everybody who changes something there waits for. Every
change ends with this, so it is worth its own SQL; and where nothing is left to be written, the
commit goes with it, so that the lock is not held while this process is on its way back.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from accounts.models import Workspace
from activity.models import Activity, Webhook
from core.statements import count_up, database, ends_here, execute_and_commit, insert
from core.values import Outlet, outgoing


class Heard(Exception):
    """A webhook has come up of which this process did not know: nothing has been written."""


# What PostgreSQL calls a value that must not be missing.
_MISSING = "23502"
# Workspaces that had a webhook when this process last looked.
_heard: set[UUID] = set()


def number_and_write(
    workspace_id: UUID, entries: Sequence[Activity], *, last: bool = False
) -> bool:
    """Number `entries` and insert them. Returns whether the workspace has a webhook.

    `last` says that nothing else is to be written before the commit, unless there is a webhook,
    and that the caller begins anew on Heard.
    """
    if len(entries) == 1 and database().vendor == "postgresql":
        if last and workspace_id not in _heard and ends_here():
            _and_commit(workspace_id, entries[0])
            return False
        return _in_one(workspace_id, entries[0])
    highest, heard = _raise(workspace_id, len(entries))
    for number, entry in enumerate(entries, highest - len(entries) + 1):
        entry.number = number
    insert(entries)
    return heard


def _raise(workspace_id: UUID, by: int) -> tuple[int, bool]:
    found = count_up(
        Workspace,
        workspace_id,
        "last_event",
        by,
        also=[(_listening(), [outgoing(Workspace._meta.pk, workspace_id, database())])],
    )
    assert found is not None, "an activity of a workspace that is gone"
    return int(found[0]), bool(found[1])


def _in_one(workspace_id: UUID, entry: Activity) -> bool:
    """The same for a single entry, in one statement; PostgreSQL alone can do that."""
    connection = database()
    statement, outlet = _single("last_event", connection.vendor)
    values = outlet.values(entry, connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, [workspace_id, *values, workspace_id])
        row = cursor.fetchone()
    _numbered(entry, row)
    heard = bool(row[1])
    (_heard.add if heard else _heard.discard)(workspace_id)
    return heard


def _and_commit(workspace_id: UUID, entry: Activity) -> None:
    """The same, and the end of the transaction with it. Raises Heard where there is a webhook."""
    connection = database()
    number = f"CASE WHEN {_listening()} THEN NULL ELSE last_event END"
    statement, outlet = _single(number, connection.vendor)
    values = outlet.values(entry, connection)
    try:
        row = execute_and_commit(statement, [workspace_id, *values, workspace_id, workspace_id])
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", None) != _MISSING:
            raise
        _heard.add(workspace_id)
        raise Heard from error
    _numbered(entry, row)


def _numbered(entry: Activity, row: Sequence[Any] | None) -> None:
    assert row is not None, "an activity of a workspace that is gone"
    entry.number = row[0]
    entry._state.adding, entry._state.db = False, "default"


@cache
def _single(number: str, vendor: str) -> tuple[str, Outlet]:
    fields = [field for field in Activity._meta.concrete_fields if field.name != "number"]
    quote = database().ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    workspaces, activities = quote(Workspace._meta.db_table), quote(Activity._meta.db_table)
    return (
        f"WITH raised AS (UPDATE {workspaces} SET last_event = last_event + 1 WHERE id = %s "
        f"RETURNING last_event) INSERT INTO {activities} ({columns}, number) "
        f"SELECT {places}, {number} FROM raised RETURNING number, {_listening()}"
    ), Outlet(fields, vendor)


@cache
def _listening() -> str:
    table = database().ops.quote_name(Webhook._meta.db_table)
    return f"EXISTS(SELECT 1 FROM {table} WHERE enabled AND workspace_id = %s)"
