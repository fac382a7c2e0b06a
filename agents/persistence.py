"""What to do when the database is away for a moment, or chose our transaction to fail.

A server that restarts, a deadlock that it resolved by ending one side, a pool that is
empty: all of them pass, and none of them is a reason to lose what was done.
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from core.connections import let_go

R = TypeVar("R")

log = structlog.get_logger(__name__)

# What may pass. Errors in the statement itself are of other kinds.
PASSING: tuple[type[DatabaseError] | type[InterfaceError], ...] = (OperationalError, InterfaceError)
PATIENCE_S = 60.0
AGAIN_AFTER_S = 0.5


def patiently(write: Callable[..., R], *args: Any, **kwargs: Any) -> R:
    """Call `write`, which is one transaction, again and again until the database takes it.

    For what cannot be had a second time: the answer of a model, the outcome of a call. Gives
    up after a minute with the database's own error.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return write(*args, **kwargs)
        except PASSING as error:
            if time.monotonic() > deadline or connection.in_atomic_block:
                raise
            log.warning("database.away", error=type(error).__name__)
            let_go()
            time.sleep(AGAIN_AFTER_S)
