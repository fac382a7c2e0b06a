"""Has a child process work on pictures and documents, one at a time, within limits.

Decoding what strangers send keeps a processor busy and has had holes in every library there
is. So it happens in a child without our environment, our secrets or our files.
"""

import json
import os
import signal
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings

from core.errors import Unavailable
from modules.refusals import BadInput

log = structlog.get_logger(__name__)

CHILD = Path(__file__).with_name("child.py")
SECONDS = 30
MEMORY = 1_500 * 1024 * 1024
WAIT_S = 30

_turn = threading.BoundedSemaphore(1)


def work(
    job: str, blobs: list[bytes] | None = None, *, what: str = "picture", **asked: Any
) -> tuple[dict[str, Any], list[bytes]]:
    """Have the child do `job` with these files: what it says, and the files that it made.

    Raises BadInput in the child's words for a picture, or `what` it is, that cannot be taken,
    and Unavailable when it takes too long.
    """
    limits = {"pixels": settings.IMAGE_MAX_PIXELS, "memory": MEMORY, "seconds": SECONDS}
    question = pack({"job": job, "what": what, **limits, **asked}, blobs or [])
    if not _turn.acquire(timeout=WAIT_S):
        raise Unavailable("Other files are being worked on. Try again soon.", code="busy")
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(CHILD)],
            input=question,
            capture_output=True,
            timeout=SECONDS,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _too_slow(what) from None
    finally:
        _turn.release()
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise _too_slow(what)
    if done.returncode != 0:
        log.warning("pictures.failed", said=done.stderr.decode(errors="replace")[-1_000:])
        raise BadInput(f"This {what} cannot be read.", code=_unreadable(what))
    said, made = unpack(done.stdout)
    if "refused" in said:
        raise BadInput(said["refused"], code=said.get("code", _unreadable(what)))
    return said, made


def pack(said: dict[str, Any], blobs: list[bytes]) -> bytes:
    """One message: its length, JSON that names the lengths of the files, the files."""
    head = json.dumps({**said, "lengths": [len(blob) for blob in blobs]}).encode()
    return b"".join([struct.pack(">I", len(head)), head, *blobs])


def unpack(message: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The inverse of pack."""
    (length,) = struct.unpack(">I", message[:4])
    said: dict[str, Any] = json.loads(message[4 : 4 + length])
    blobs, at = [], 4 + length
    for size in said.pop("lengths"):
        blobs.append(message[at : at + size])
        at += size
    return said, blobs


def _unreadable(what: str) -> str:
    return "unreadable_image" if what == "picture" else f"unreadable_{what}"


def _too_slow(what: str) -> Unavailable:
    return Unavailable(f"The {what} took more than {SECONDS} seconds.", code="too_slow")
