"""Giving entries of the log their numbers, and writing them, in as few statements as can be.

Raising the workspace's counter locks its row until commit: that is what makes the numbers
follow the order of commits. Every change ends with this, so it is worth its own SQL.
"""

from collections.abc import Sequence
from functools import cache
from uuid import UUID

from accounts.models import Workspace
from activity.models import Activity, Webhook
from core.statements import count_up, database, insert
from core.values import Outlet, outgoing


def number_and_write(workspace_id: UUID, entries: Sequence[Activity]) -> bool:
    """Number `entries` and insert them. Returns whether the workspace has a webhook."""
    if len(entries) == 1 and database().vendor == "postgresql":
        return _in_one(workspace_id, entries[0])
    last, heard = _raise(workspace_id, len(entries))
    for number, entry in enumerate(entries, last - len(entries) + 1):
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
    statement, outlet = _single(connection.vendor)
    values = outlet.values(entry, connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, [workspace_id, *values, workspace_id])
        row = cursor.fetchone()
    assert row is not None, "an activity of a workspace that is gone"
    entry.number = row[0]
    entry._state.adding, entry._state.db = False, "default"
    return bool(row[1])


@cache
def _single(vendor: str) -> tuple[str, Outlet]:
    fields = [field for field in Activity._meta.concrete_fields if field.name != "number"]
    quote = database().ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    workspaces, activities = quote(Workspace._meta.db_table), quote(Activity._meta.db_table)
    return (
        f"WITH raised AS (UPDATE {workspaces} SET last_event = last_event + 1 WHERE id = %s "
        f"RETURNING last_event) INSERT INTO {activities} ({columns}, number) "
        f"SELECT {places}, last_event FROM raised RETURNING number, {_listening()}"
    ), Outlet(fields, vendor)


@cache
def _listening() -> str:
    table = database().ops.quote_name(Webhook._meta.db_table)
    return f"EXISTS(SELECT 1 FROM {table} WHERE enabled AND workspace_id = %s)"
