"""A piece as files: WAV, OGG, and the outline of its loudness for a player."""

import io
import struct
import zlib
from itertools import pairwise

import numpy as np

from modules.music.simulated.sounds import RATE, Wave

PEAKS = 240
_BLOCK = 1 << 15


def wav(sound: Wave) -> bytes:
    """16 bits a sample. There is no moment in such a file, so that equal sound is equal bytes."""
    return _written(sound, "WAV", "PCM_16")


def ogg(sound: Wave) -> bytes:
    """Vorbis, with a serial number of our own in place of libsndfile's random one."""
    return with_serial(_written(sound, "OGG", "VORBIS"), 1)


def outline(sound: Wave) -> list[int]:
    """The peaks of as many pieces as a player draws, from 0 to 100."""
    loud = np.max(np.abs(sound), axis=1)
    edges = np.linspace(0, len(loud), PEAKS + 1).astype(int)
    peaks = [float(loud[a:b].max()) if b > a else 0.0 for a, b in pairwise(edges)]
    top = max(max(peaks), 1e-6)
    return [round(100 * peak / top) for peak in peaks]


def _written(sound: Wave, form: str, kind: str) -> bytes:
    import soundfile

    out = io.BytesIO()
    with soundfile.SoundFile(
        out, "w", samplerate=RATE, channels=sound.shape[1], format=form, subtype=kind
    ) as file:
        # The encoder of Vorbis keeps a whole write on its stack.
        for start in range(0, len(sound), _BLOCK):
            file.write(np.ascontiguousarray(sound[start : start + _BLOCK]))
    return out.getvalue()


def with_serial(stream: bytes, serial: int) -> bytes:
    """The same Ogg stream under another serial number, with checksums that fit."""
    out, at = bytearray(stream), 0
    pages = memoryview(out)
    while at < len(out):
        if out[at : at + 4] != b"OggS":
            raise ValueError(f"no page of Ogg at {at}")
        segments = out[at + 26]
        end = at + 27 + segments + sum(out[at + 27 : at + 27 + segments])
        struct.pack_into("<I", out, at + 14, serial)
        struct.pack_into("<I", out, at + 22, 0)
        struct.pack_into("<I", out, at + 22, checksum(bytes(pages[at:end])))
        at = end
    return bytes(out)


# Each byte mirrored: what zlib reads from the right, Ogg reads from the left.
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_ALL = 0xFFFFFFFF


def checksum(page: bytes | bytearray) -> int:
    """The checksum of a page whose own field for it is zero: CRC-32 without reflection.

    It is zlib's of the mirrored bytes, mirrored, without that one's turns at begin and end
    (RFC 3533, 6).
    """
    found = zlib.crc32(page.translate(_MIRRORED), _ALL) ^ _ALL
    return int(f"{found:032b}"[::-1], 2)
