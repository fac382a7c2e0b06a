"""What sockets read from the log to make up for what they did not hear."""

from uuid import UUID

from channels.db import database_sync_to_async

from accounts.models import Workspace
from activity.events import Event, as_event
from activity.keeping import first_kept
from activity.models import Activity

PAGE = 500


def newest_number(workspace_id: UUID) -> int:
    """The number of the newest event of a workspace."""
    return Workspace.objects.values_list("last_event", flat=True).get(pk=workspace_id)


newest_of = database_sync_to_async(newest_number)


@database_sync_to_async
def bounds_of(workspace_id: UUID) -> tuple[int, int]:
    """The numbers of the oldest event that is kept and of the newest."""
    return first_kept(workspace_id), newest_number(workspace_id)


@database_sync_to_async
def since(workspace_id: UUID, last: int) -> list[Event]:
    """What came after event number `last`, at most `PAGE` of it, in order."""
    rows = Activity.objects.filter(workspace=workspace_id, number__gt=last)
    return [as_event(row) for row in rows.select_related("actor", "task").order_by("number")[:PAGE]]
