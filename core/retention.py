"""Letting go of what grew old: each room says what of its own is not kept for ever.

A little at a time, each part in a transaction of its own, so that nobody waits for it; what is
left when the time is up goes the next time.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from core.clock import db_now

AT_ONCE = 1_000
# The job comes every hour, on a thread of the clock's.
LONGEST_S = 20.0


@dataclass(frozen=True)
class Rule:
    """Rows that may go: `old` finds them, oldest first where that matters."""

    name: str
    old: Callable[[], QuerySet[Any, Any]]


_rules: dict[str, Rule] = {}


def let_go_of(name: str, old: Callable[[], QuerySet[Any, Any]]) -> None:
    """Have the rows that `old` finds removed. Called once, when the house opens."""
    _rules[name] = Rule(name, old)


def days_kept(name: str) -> timedelta | None:
    """How long the settings have things of this name kept; None for good."""
    days = settings.RETENTION_DAYS[name]
    return timedelta(days=days) if days > 0 else None


def forget_old(*, longest_s: float = LONGEST_S) -> dict[str, int]:
    """Remove what is too old, for some seconds at most. Returns how many rows of each kind.

    What hangs on a row goes with it and is not counted.
    """
    deadline = time.monotonic() + longest_s
    gone: dict[str, int] = {}
    for rule in _rules.values():
        count = 0
        while time.monotonic() < deadline:
            rows = rule.old()
            keys = list(rows.values_list("pk", flat=True)[:AT_ONCE])
            if not keys:
                break
            rows.model._default_manager.filter(pk__in=keys).delete()
            count += len(keys)
        if count:
            gone[rule.name] = count
    return gone


def older(rows: QuerySet[Any, Any], field: str, age: timedelta) -> QuerySet[Any, Any]:
    """Those of `rows` whose `field` lies further back than `age`."""
    return rows.filter(**{f"{field}__lt": db_now() - age}).order_by()
