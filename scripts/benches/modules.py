"""What modules make and what they refuse: a piece of a minute, and a picture that is a bomb."""

import hashlib
import io
import resource
import time
from collections.abc import Iterator
from typing import Any

import soundfile

from scripts.benches import Figure
from tests.modules.assets.measuring import taken
from tests.modules.assets.pictures import bomb, png

PROMPT, SECONDS = "A calm harbour at night, in D minor", 60


def measure() -> Iterator[Figure]:
    """Each piece is made by a child process of its own, as a job has it made."""
    from modules.music import working

    working.compose(PROMPT, seed=1, seconds=5)  # whatever is only slow the first time
    made, clock, processor = [], [], []
    for _ in range(3):
        began, used = time.perf_counter(), _children_s()
        made.append(working.compose(PROMPT, seed=7, seconds=SECONDS))
        clock.append(time.perf_counter() - began)
        processor.append(_children_s() - used)
    yield Figure("a piece of 60 s, slowest of three", max(clock), "s", 5.0)
    yield Figure("processor time of one", min(processor), "s")
    yield Figure(
        "different bytes for the same seed", len({_digest(one) for one in made}) - 1, "", 0
    )
    yield Figure("files that are not 60 s of sound", sum(map(_wrong, made[0][1:])), "", 0)
    yield Figure("memory that a pixel bomb takes in its child", _bomb_mb(), "MB", 100)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _digest(piece: tuple[dict[str, Any], bytes, bytes]) -> str:
    return hashlib.sha256(piece[1] + piece[2]).hexdigest()


def _wrong(content: bytes) -> bool:
    with soundfile.SoundFile(io.BytesIO(content)) as sound:
        return bool(sound.frames != SECONDS * sound.samplerate or sound.channels != 2)


def _bomb_mb() -> float:
    """How much more memory the child takes for a bomb than for a picture of 64 pixels."""
    return taken(bomb())[1] - taken(png(8, 8))[1]
