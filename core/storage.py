"""Files that are there whole or not at all."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage


class WholeFiles(FileSystemStorage):
    """Uploads on disk. A process that dies while it writes, or a full disk, leaves no half file.

    What is found under a name is believed to be all of it: so it is written beside it, brought
    to the disk, and only then gets its name.
    """

    def _save(self, name: str, content: Any) -> str:
        draft = f"{name}.{secrets.token_hex(8)}.part"
        try:
            # The method that Django means to be overridden is no part of the stubs.
            draft = super()._save(draft, content)  # type: ignore[misc]
            _bring_to_disk(self.path(draft))
            Path(self.path(draft)).replace(self.path(name))
        except BaseException:
            with suppress(OSError):
                Path(self.path(draft)).unlink()
            raise
        return name


def _bring_to_disk(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
