"""An actor and their workspace out of the columns of one query.

Every request begins with them. Their columns are asked for by name, next to whatever else the
query is about, and made into the two models here.
"""

from collections.abc import Sequence
from typing import Any

from accounts.models import Actor, Workspace

_ACTOR = [field.attname for field in Actor._meta.concrete_fields]
_WORKSPACE = [field.attname for field in Workspace._meta.concrete_fields]


def actor_columns(prefix: str) -> list[str]:
    """The columns of an actor and their workspace, reached by `prefix` (as `actor__`)."""
    return [
        *(f"{prefix}{name}" for name in _ACTOR),
        *(f"{prefix}workspace__{name}" for name in _WORKSPACE),
    ]


def actor_of_row(values: Sequence[Any]) -> Actor:
    """The actor whose columns these are, with their workspace."""
    actor = Actor.from_db("default", _ACTOR, values[: len(_ACTOR)])
    actor.workspace = Workspace.from_db("default", _WORKSPACE, values[len(_ACTOR) :])
    return actor
