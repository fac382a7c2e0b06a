"""What goes along with the events about tasks, for the boards that are open."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string

from accounts.models import Workspace
from activity import companions
from activity.events import Event
from tasks.board import Filter, patch

# Of a larger change a board loads its columns anew.
MOST_CARDS = 100


def register_all() -> None:
    companions.register("cards", changed_cards)


def changed_cards(workspace_id: UUID, events: Sequence[Event]) -> dict[str, Any] | None:
    """The cards as they are after `events`, for a board without a filter, and whose they are."""
    numbers = {number for event in events if (number := event["task_number"])}
    if not numbers or len(numbers) > MOST_CARDS:
        return None
    shown = patch(Workspace(pk=workspace_id), sorted(numbers), Filter())
    return {"tasks": sorted(numbers), "html": render_to_string("tasks/_cards.html", shown)}
