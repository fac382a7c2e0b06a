"""The child that works on pictures. Started as a program of its own, without Django.

A message comes in (see modules.pictures.working) and one goes out. A picture whose header
promises more pixels than are allowed is refused before anything of it is decoded.
"""

import importlib.util
import io
import json
import resource
import struct
import sys
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

READ = ["PNG", "JPEG", "WEBP", "GIF", "BMP"]
# What is written for what is read: nothing of the old file but its pixels.
WRITTEN = {"PNG": "PNG", "JPEG": "JPEG", "WEBP": "WEBP", "GIF": "PNG", "BMP": "PNG"}
TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
THUMBNAIL = 512


class Refused(Exception):
    """The picture cannot be taken; says why."""

    def __init__(self, why: str, code: str = "unreadable_image") -> None:
        super().__init__(why)
        self.code = code


def opened(blob: bytes, pixels: int) -> Image.Image:
    """The picture, upright, once its header has been found fit."""
    Image.MAX_IMAGE_PIXELS = None  # asked below, before a pixel is decoded
    refuse_bomb(webp_size(blob), pixels)
    try:
        image = Image.open(io.BytesIO(blob), formats=READ)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise Refused("This is no picture that can be read.") from None
    refuse_bomb(image.size, pixels)
    try:
        image.load()
        found = ImageOps.exif_transpose(image) or image
    except (OSError, ValueError, SyntaxError, EOFError):
        raise Refused("This picture is broken off or damaged.") from None
    found.format = image.format
    return found


def refuse_bomb(size: tuple[int, int], pixels: int) -> None:
    """Raise Refused for a picture that would unfold to more pixels than are allowed."""
    width, height = size
    if width * height > pixels:
        raise Refused(
            f"This picture has {width:,} × {height:,} pixels; at most {pixels:,} are taken.",
            "too_many_pixels",
        )


def webp_size(blob: bytes) -> tuple[int, int]:
    """What the header of a WebP promises: its library makes room for that when it is opened.

    (0, 0) for anything else. The three kinds of headers are those of RFC 9649, 2.5 to 2.7.
    """
    if blob[:4] != b"RIFF" or blob[8:12] != b"WEBP" or len(blob) < 30:
        return 0, 0
    if blob[12:16] == b"VP8X":
        canvas = (int.from_bytes(blob[at : at + 3], "little") + 1 for at in (24, 27))
        return next(canvas), next(canvas)
    if blob[12:16] == b"VP8L":
        sides = int.from_bytes(blob[21:25], "little")
        return (sides & 0x3FFF) + 1, (sides >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", blob[26:30])
    return width & 0x3FFF, height & 0x3FFF


def plain(image: Image.Image) -> Image.Image:
    """The pixels alone, as RGB or RGBA."""
    see_through = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    copied = image.convert("RGBA" if see_through else "RGB")
    copied.info = {}
    return copied


def encoded(image: Image.Image, form: str, quality: int = 92) -> bytes:
    """The picture in one of the forms that are written here, without any metadata."""
    out = io.BytesIO()
    if form == "JPEG":
        image = on_white(image)
        image.save(out, "JPEG", quality=quality, optimize=True)
    elif form == "WEBP":
        image.save(out, "WEBP", quality=quality, method=4)
    else:
        image.save(out, "PNG", compress_level=6)
    return out.getvalue()


def on_white(image: Image.Image) -> Image.Image:
    """The picture without transparency."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def thumbnail(image: Image.Image) -> bytes:
    """A small picture of it, as WebP."""
    small = image.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    return encoded(small, "WEBP", 80)


def take(asked: dict[str, Any], blobs: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    """Check a picture and write it anew, with a thumbnail."""
    image = opened(blobs[0], asked["pixels"])
    form = asked.get("form") or WRITTEN[str(image.format)]
    pixels = plain(image)
    said = {"width": pixels.width, "height": pixels.height, "content_type": TYPES[form]}
    return said, [encoded(pixels, form), thumbnail(pixels)]


def fit(asked: dict[str, Any], blobs: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    """Scale a picture down to what a model takes, as JPEG or PNG."""
    pixels = plain(opened(blobs[0], asked["pixels"]))
    pixels.thumbnail((asked["edge"], asked["edge"]), Image.Resampling.LANCZOS)
    form = "PNG" if pixels.mode == "RGBA" else "JPEG"
    said = {"width": pixels.width, "height": pixels.height, "content_type": TYPES[form]}
    return said, [encoded(pixels, form, 88)]


JOBS = {"take": take, "fit": fit}


def other(name: str) -> Any:
    """A job that is in a file beside this one, which is no package where this runs."""
    path = Path(__file__).with_name(f"{name.partition('.')[0]}.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    module.child = sys.modules[__name__]  # type: ignore[attr-defined]
    spec.loader.exec_module(module)
    return getattr(module, name.partition(".")[2])


def main() -> int:
    message = sys.stdin.buffer.read()
    (length,) = struct.unpack(">I", message[:4])
    asked: dict[str, Any] = json.loads(message[4 : 4 + length])
    blobs, at = [], 4 + length
    for size in asked.pop("lengths"):
        blobs.append(message[at : at + size])
        at += size
    resource.setrlimit(resource.RLIMIT_AS, (asked["memory"], asked["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (asked["seconds"], asked["seconds"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    said: dict[str, Any]
    made: list[bytes]
    try:
        job = JOBS.get(asked["job"]) or other(asked["job"])
        said, made = job(asked, blobs)
    except Refused as refusal:
        said, made = {"refused": str(refusal), "code": refusal.code}, []
    except MemoryError:
        said, made = {"refused": f"This {asked['what']} takes too much memory."}, []
        said["code"] = "too_large"
    head = json.dumps({**said, "lengths": [len(blob) for blob in made]}).encode()
    sys.stdout.buffer.write(b"".join([struct.pack(">I", len(head)), head, *made]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
