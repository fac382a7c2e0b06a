"""The child that makes and reads sound. A program of its own, without Django and our environment.

A message comes in, and one goes out: the length of a piece of JSON, the JSON, and the files
whose lengths it names.
"""

import io
import json
import resource
import struct
import sys
from pathlib import Path
from typing import Any

Made = tuple[dict[str, Any], list[bytes]]
# A stream may promise more than anybody would wait for.
MOST_FRAMES = 44_100 * 3_600


def compose(asked: dict[str, Any], files: list[bytes]) -> Made:
    """A piece by the composer of ours: what it is, WAV, OGG."""
    from modules.music.simulated.making import make

    said, wav, ogg = make(asked["prompt"], seed=asked["seed"], seconds=asked["seconds"])
    return said, [wav, ogg]


def outline(asked: dict[str, Any], files: list[bytes]) -> Made:
    """How long a sound is and how loud along the way. Empty for what cannot be read."""
    import numpy
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(files[0])) as sound:
            if not 0 < sound.frames <= MOST_FRAMES:
                return {}, []
            size = max(1, -(-sound.frames // asked["peaks"]))
            peaks = [
                float(numpy.max(numpy.abs(block))) for block in sound.blocks(size) if len(block)
            ]
            length = int(sound.frames * 1_000 / sound.samplerate)
    except (RuntimeError, ValueError, ZeroDivisionError):
        return {}, []
    top = max(max(peaks, default=0.0), 1e-6)
    return {"duration_ms": length, "peaks": [round(100 * min(1.0, one / top)) for one in peaks]}, []


JOBS = {"compose": compose, "outline": outline}


def main() -> int:
    message = sys.stdin.buffer.read()
    (length,) = struct.unpack(">I", message[:4])
    asked: dict[str, Any] = json.loads(message[4 : 4 + length])
    files, at = [], 4 + length
    for size in asked["lengths"]:
        files.append(message[at : at + size])
        at += size
    resource.setrlimit(resource.RLIMIT_AS, (asked["memory"], asked["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (asked["cpu_s"], asked["cpu_s"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The composer alone is taken from our house; it needs nothing else of it.
    sys.path.insert(0, str(Path(__file__).parents[2]))
    said, made = JOBS[asked["job"]](asked, files)
    head = json.dumps({**said, "lengths": [len(one) for one in made]}).encode()
    sys.stdout.buffer.write(b"".join([struct.pack(">I", len(head)), head, *made]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
