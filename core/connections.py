"""Parting with a connection to the database that may be broken."""

import structlog
from django.db import connection

log = structlog.get_logger(__name__)


def let_go() -> None:
    """Part with this thread's connection, whatever state it is in."""
    try:
        connection.close()
    except Exception as error:
        log.warning("database.cannot_close", error=type(error).__name__)
