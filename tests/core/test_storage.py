"""Uploads: whole, or not there."""

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import OperationalError

from core.errors import DiskFull, refusal_of
from core.storage import WholeFiles


@pytest.fixture
def storage(tmp_path: Path) -> WholeFiles:
    return WholeFiles(location=tmp_path)


class HalfFile(ContentFile[bytes]):
    """The disk is full in the middle of it."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[Any]:
        yield b"half"
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_that_was_saved_is_all_there(storage: WholeFiles, tmp_path: Path) -> None:
    name = storage.save("media/aa/picture", ContentFile(b"whole"))

    assert (tmp_path / name).read_bytes() == b"whole"
    assert [path.name for path in (tmp_path / "media/aa").iterdir()] == ["picture"]


def test_of_a_file_that_found_no_room_nothing_is_left(storage: WholeFiles, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space"):
        storage.save("picture", HalfFile(b"half and half"))

    assert list(tmp_path.iterdir()) == []
    assert not storage.exists("picture")


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        OperationalError("database or disk is full"),
    ],
)
def test_a_full_disk_is_said_to_be_full(error: Exception) -> None:
    assert isinstance(refusal_of(error), DiskFull)


def test_other_trouble_is_not_taken_for_a_full_disk() -> None:
    assert refusal_of(OSError(errno.EACCES, "Permission denied")) is None
    assert refusal_of(OperationalError("no such table")) is None
