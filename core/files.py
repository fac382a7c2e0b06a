"""The one place where files lie: a folder, or a bucket."""

import os
from collections.abc import Iterator
from itertools import count as numbers
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from core.errors import Unavailable

PIECE = 64 * 1024
_numbers = numbers()


def stream(file: Any, first: int, count: int) -> Iterator[bytes]:
    """So many bytes of a stored file from `first` on, in pieces. Raises FileNotFoundError."""
    storage = file.storage
    if hasattr(storage, "stream"):
        found: Iterator[bytes] = storage.stream(file.name, first, count)
        return found
    return _pieces(storage.open(file.name, "rb"), first, count)


def _pieces(file: Any, first: int, count: int) -> Iterator[bytes]:
    with file:
        file.seek(first)
        while count > 0 and (piece := file.read(min(PIECE, count))):
            count -= len(piece)
            yield piece


def check() -> str:
    """Where files lie, once that place has answered. Raises Unavailable."""
    if hasattr(default_storage, "check"):
        return str(default_storage.check())
    folder = Path(default_storage.location)  # type: ignore[attr-defined]
    # It is made with the first file; until then its parent has to let us.
    at = folder if folder.is_dir() else folder.parent
    if not os.access(at, os.W_OK | os.X_OK):
        raise Unavailable("The folder of files cannot be written to.", code="storage")
    return "folder"


def try_out() -> str:
    """Keep a small file, read it back, take it away. Returns where; raises Unavailable."""
    where = check()
    name = f"doctor/{os.getpid()}-{next(_numbers)}.txt"
    name = default_storage.save(name, ContentFile(b"well"))
    try:
        with default_storage.open(name) as file:
            if file.read() != b"well":
                raise Unavailable("The storage does not keep what it is given.", code="storage")
    finally:
        default_storage.delete(name)
    return where
