"""Has a child process make and read sound, within limits of time and memory.

Synthesis keeps a processor busy for seconds, and decoding what comes from elsewhere has had
holes in every library there is: neither happens where requests are answered.
"""

import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from core.errors import Unavailable

log = structlog.get_logger(__name__)

CHILD = Path(__file__).with_name("child.py")
MEMORY = 1_500 * 1024 * 1024
CPU_S, CLOCK_S, WAIT_S = 60, 120.0, 60.0
LOOK_EVERY_S = 0.2
PEAKS = 240

# One at a time: each keeps a processor busy, and requests must still be answered.
_turn = threading.BoundedSemaphore(1)


def _go_on() -> None:
    """What is asked now and then while the child works; raises to stop it."""


def compose(
    prompt: str, *, seed: int, seconds: float, check: Callable[[], None] = _go_on
) -> tuple[dict[str, Any], bytes, bytes]:
    """A piece of our own composer: what it is, as WAV and as OGG. Raises Unavailable."""
    asked = {"prompt": prompt, "seed": seed, "seconds": seconds}
    said, (wav, ogg) = _work("compose", [], asked, check)
    return said, wav, ogg


def outline(content: bytes, *, check: Callable[[], None] = _go_on) -> dict[str, Any]:
    """`duration_ms` and `peaks` of a sound; nothing where it cannot be read."""
    try:
        said, _ = _work("outline", [content], {"peaks": PEAKS}, check)
    except Unavailable as error:
        # A player does without; whoever has paid for the piece shall have it.
        log.warning("music.no_outline", why=error.code)
        return {}
    return said


def _work(
    job: str, files: list[bytes], asked: dict[str, Any], check: Callable[[], None]
) -> tuple[dict[str, Any], list[bytes]]:
    limits = {"memory": MEMORY, "cpu_s": CPU_S, "lengths": [len(one) for one in files]}
    head = json.dumps({**asked, **limits, "job": job}).encode()
    message = b"".join([struct.pack(">I", len(head)), head, *files])
    _await_turn(check)
    try:
        answer = _run(message, check)
    finally:
        _turn.release()
    (length,) = struct.unpack(">I", answer[:4])
    said: dict[str, Any] = json.loads(answer[4 : 4 + length])
    made, at = [], 4 + length
    for size in said.pop("lengths"):
        made.append(answer[at : at + size])
        at += size
    return said, made


def _await_turn(check: Callable[[], None]) -> None:
    until = time.monotonic() + WAIT_S
    while not _turn.acquire(timeout=LOOK_EVERY_S):
        check()
        if time.monotonic() > until:
            raise Unavailable("Other pieces are being made. Try again soon.", code="busy")


def _run(message: bytes, check: Callable[[], None]) -> bytes:
    until = time.monotonic() + CLOCK_S
    given: bytes | None = message
    with subprocess.Popen(
        [sys.executable, "-I", str(CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # None of our secrets. One thread: the others have work to do as well.
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
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
                        raise _too_slow() from None
        except BaseException:
            child.kill()
            raise
    if child.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise _too_slow()
    if child.returncode != 0:
        log.warning("music.child_failed", said=said.decode(errors="replace")[-2_000:])
        raise Unavailable("The sound could not be made. The log says more.", code="sound_failed")
    return out


def _too_slow() -> Unavailable:
    return Unavailable("The sound took too long and was given up.", code="too_slow")
