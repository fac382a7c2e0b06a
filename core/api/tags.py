"""Tags by which a client asks whether anything has changed (ETag).

Every change of a workspace raises the number of its log, in the same transaction. So that
number, read with the credential, answers for whole lists before any of their rows is read.
It is read first: a tag may be older than what comes with it, never newer.
"""

import hashlib
import threading
from collections import OrderedDict
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

_MOST_COUNTS = 2_000
_counts: "OrderedDict[str, int]" = OrderedDict()
_lock = threading.Lock()


def state_tag(workspace_id: UUID, last_event: int) -> str:
    """Names the state of a workspace."""
    return f"{workspace_id.hex[-12:]}.{last_event:x}"


def weak(state: str, actor_id: UUID) -> str:
    """The tag of what an actor sees of a workspace in that state."""
    return f'W/"{state}.{actor_id.hex[-8:]}"'


def versioned(version: int, state: str, actor_id: UUID) -> str:
    """The tag of one thing that counts its own versions; `If-Match` goes by those alone."""
    return f'"{version}.{state}.{actor_id.hex[-8:]}"'


def of_content(content: bytes) -> str:
    """The tag of what changes outside of the log."""
    return f'W/"{hashlib.blake2b(content, digest_size=9).hexdigest()}"'


def matches(header: str, tag: str) -> bool:
    """Whether `If-None-Match` names this tag."""
    if header.strip() == "*":
        return True
    wanted = tag.removeprefix("W/")
    return any(part.strip().removeprefix("W/") == wanted for part in header.split(","))


def version_in(header: str) -> int | None:
    """The version that `If-Match` asks for; -1 for one that cannot be, None for any."""
    text = header.strip()
    if text == "*":
        return None
    number = text.removeprefix("W/").strip('"').partition(".")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else -1


def counted(key: str, rows: QuerySet[Any]) -> int:
    """How many rows there are; remembered by `key`, which names the state of the log."""
    if not key:
        return rows.count()
    with _lock:
        known = _counts.get(key)
    if known is None:
        known = rows.count()
        with _lock:
            _counts[key] = known
            while len(_counts) > _MOST_COUNTS:
                _counts.popitem(last=False)
    return known


def forget() -> None:
    """Begin anew; for tests, which share a process but not a database."""
    with _lock:
        _counts.clear()
