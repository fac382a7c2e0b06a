"""What goes along with events, to those sockets that ask for it: what a screen shows of them.

A screen that first has to ask what an event changed shows it a request later, and many screens
ask the same. A room above registers here how it is made; the hub makes it once for all of them.
"""

from collections.abc import Callable, Sequence, Set
from typing import Any
from uuid import UUID

from activity.events import Event

# From a workspace and some of its events, in order, to a message without its `type`, or None
# where there is nothing to show.
Make = Callable[[UUID, Sequence[Event]], dict[str, Any] | None]

_makers: dict[str, Make] = {}


def register(name: str, make: Make) -> None:
    """Have `make` called for the sockets that ask for `name`. It may read the database."""
    _makers[name] = make


def known(names: Set[str]) -> bool:
    """Whether all of these can be asked for."""
    return names <= _makers.keys()


def companion(name: str, workspace_id: UUID, events: Sequence[Event]) -> dict[str, Any] | None:
    """The message that goes along with `events`: its `type`, the `last` it takes in, the rest."""
    made = _makers[name](workspace_id, events)
    return made and {"type": name, "last": events[-1]["number"], **made}
