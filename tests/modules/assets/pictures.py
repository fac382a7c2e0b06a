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


def bomb_of(form: str, width: int = 30_000, height: int = 30_000) -> bytes:
    """A small file of that form whose header promises 900 million pixels."""
    if form == "PNG":
        return bomb(width, height)
    if form == "BMP":
        info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
        return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + info + b"\0" * 300
    if form == "GIF":
        picture = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02L\x01\0;"
        return b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF0, 0, 0) + b"\0" * 6 + picture
    out = io.BytesIO()
    Image.new("RGB", (16, 16), "orange").save(out, form)
    found = bytearray(out.getvalue())
    if form == "JPEG":
        struct.pack_into(">HH", found, found.index(b"\xff\xc0") + 5, height, width)
    else:  # fourteen bits for each side are all that it has
        struct.pack_into("<HH", found, found.index(b"\x9d\x01\x2a") + 3, 16_383, 16_383)
    return bytes(found)


def webp_bomb(kind: str) -> bytes:
    """The other two headers of a WebP, each promising all that it can."""
    sides = b"\xff" * 6 if kind == "VP8X" else b"\x2f" + b"\xff" * 3 + b"\x0f"
    body = (b"\x02\0\0\0" if kind == "VP8X" else b"") + sides
    chunk = kind.encode() + struct.pack("<I", len(body)) + body + b"\0" * 40
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def words_bomb() -> bytes:
    """A PNG of 64 pixels with 200 MB of zeros folded into words that nobody sees."""
    packed = zlib.compress(b"\0" * 200_000_000, 9)
    data = b"Comment\0\0" + packed
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data
    plain = png(8, 8)
    return plain[:33] + chunk + struct.pack(">I", zlib.crc32(b"zTXt" + data)) + plain[33:]


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
