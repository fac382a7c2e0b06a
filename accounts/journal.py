"""How this room writes into the log, which stands above it.

The log is about actors and workspaces and so knows this room; this room cannot know the
log. It says what happened to whoever keeps the journal, in the transaction of the change.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from accounts.models import Actor


class Keeper(Protocol):
    """Enters one change into the log, as `activity.log.record` does."""

    def __call__(
        self, *, actor: Actor, verb: str, message: str, data: Mapping[str, Any] | None = None
    ) -> object: ...


_keepers: list[Keeper] = []


def keep(keeper: Keeper) -> None:
    """Let `keeper` hear of every change from now on."""
    if keeper not in _keepers:
        _keepers.append(keeper)


def note(*, actor: Actor, verb: str, message: str, data: Mapping[str, Any] | None = None) -> None:
    """Say that something happened. Called last in a verb: writing the log locks it."""
    for keeper in _keepers:
        keeper(actor=actor, verb=verb, message=message, data=data)
