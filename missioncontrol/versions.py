"""Which release of each part is at work here."""

from collections.abc import Callable
from importlib.metadata import version

import celery
from django import get_version
from django.conf import settings
from django.core.cache import cache
from django.db import connection

# The parts are asked once: a server is rarely exchanged under a process that goes on.
_known: dict[str, str] = {}


def version_of(part: str) -> str | None:
    """The release of a part; None for what has none, or does not answer."""
    if part not in _known and part in _ASKING:
        try:
            _known[part] = _ASKING[part]()
        except Exception:  # its state tells that it is down
            return None
    return _known.get(part)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version" if connection.vendor == "postgresql" else _SQLITE)
        return str(cursor.fetchone()[0])


_SQLITE = "SELECT sqlite_version()"


def _cache() -> str:
    return f"Django {get_version()}" if settings.EMBEDDED else _redis()


def _broker() -> str:
    return f"kombu {version('kombu')}" if settings.EMBEDDED else _redis()


def _redis() -> str:
    return str(cache._cache.get_client().info("server")["redis_version"])  # type: ignore[attr-defined]


def _celery() -> str:
    return str(celery.__version__)


_ASKING: dict[str, Callable[[], str]] = {
    "database": _database,
    "cache": _cache,
    "broker": _broker,
    "worker": _celery,
    "beat": _celery,
}
