"""Files that tests bring, made here."""

import io
import struct
import wave
import zlib

from PIL import Image, PngImagePlugin


def png(width: int = 64, height: int = 48, color: str = "orange", **info: str) -> bytes:
    """A plain picture, with text in it that nobody sees."""
    hidden = PngImagePlugin.PngInfo()
    for name, value in info.items():
        hidden.add_text(name, value)
    out = io.BytesIO()
    Image.new("RGB", (width, height), color).save(out, "PNG", pnginfo=hidden)
    return out.getvalue()


def jpeg_with_place() -> bytes:
    """A photograph that says where it was taken, lying on its side."""
    image = Image.new("RGB", (80, 40), "teal")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90°
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few hundred bytes that promises 3.6 billion pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 10_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def tone(seconds: float = 1.0, rate: int = 8_000) -> bytes:
    """Silence, as WAV."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"\0\0" * int(rate * seconds))
    return out.getvalue()
