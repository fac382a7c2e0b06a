"""Has child processes do what keeps a processor busy, or reads what strangers sent.

Each is a program of its own without our environment, our secrets or our files, and within
limits that it sets for itself. A message goes in and one comes out: the length of a piece of
JSON, the JSON, and the files whose lengths it names.
"""

import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.errors import Unavailable
from modules.language.cancel import check_current

LOOK_EVERY_S = 0.2
# One thread: the others have work to do as well.
ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}

Check = Callable[[], object]


class TooSlow(Exception):
    """The child used up its time."""


class Failed(Exception):
    """The child ended badly; says what it said last."""


class Turn:
    """One child at a time: each keeps a processor busy, and requests must still be answered."""

    def __init__(self, wait_s: float) -> None:
        self._places = threading.BoundedSemaphore(1)
        self._wait_s = wait_s

    @contextmanager
    def taken(self, check: Check, busy: str) -> Iterator[None]:
        """Wait for it. Raises Unavailable with the words `busy`, and what `check` raises."""
        until = time.monotonic() + self._wait_s
        while not self._places.acquire(timeout=LOOK_EVERY_S):
            check()
            if time.monotonic() > until:
                raise Unavailable(busy, code="busy")
        try:
            yield
        finally:
            self._places.release()


def run(
    program: Path,
    asked: dict[str, Any],
    files: list[bytes],
    *,
    clock_s: float,
    check: Check = check_current,
) -> tuple[dict[str, Any], list[bytes]]:
    """What the child says and the files that it made.

    `check` is asked several times a second and ends the child by raising. Raises TooSlow after
    `clock_s` seconds, and Failed.
    """
    until = time.monotonic() + clock_s
    given: bytes | None = pack(asked, files)
    with subprocess.Popen(
        [sys.executable, "-I", str(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
    ) as child:
        try:
            while True:
                try:
                    out, said = child.communicate(given, timeout=LOOK_EVERY_S)
                    break
                except subprocess.TimeoutExpired:
                    given = None
                    check()
                    if time.monotonic() > until:
                        raise TooSlow from None
        except BaseException:
            child.kill()
            raise
    if child.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise TooSlow
    if child.returncode != 0:
        raise Failed(said.decode(errors="replace")[-2_000:])
    return unpack(out)


def pack(said: dict[str, Any], files: list[bytes]) -> bytes:
    """One message."""
    head = json.dumps({**said, "lengths": [len(one) for one in files]}).encode()
    return b"".join([struct.pack(">I", len(head)), head, *files])


def unpack(message: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The inverse of pack."""
    (length,) = struct.unpack(">I", message[:4])
    said: dict[str, Any] = json.loads(message[4 : 4 + length])
    files, at = [], 4 + length
    for size in said.pop("lengths"):
        files.append(message[at : at + size])
        at += size
    return said, files
