"""What a file is, by its first bytes. What its sender says of it counts for nothing."""

import json
import re
import unicodedata
from dataclasses import dataclass

from django.conf import settings

from core.errors import MCError
from modules.models.assets import Asset


class TooLarge(MCError):
    """More than is taken; says how much is."""

    status, code = 413, "too_large"


class WrongType(MCError):
    """Nothing that is kept here."""

    status, code = 415, "unsupported_media_type"


@dataclass(frozen=True)
class Sniffed:
    """The type of a file, and what it is used as."""

    content_type: str
    kind: str


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXTENSIONS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "audio/wav": ".wav",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/flac": ".flac",
    "audio/mp4": ".m4a",
    "application/pdf": ".pdf",
    WORD: ".docx",
    "application/json": ".json",
    "image/svg+xml": ".svg",
    "text/html": ".html",
    "text/plain": ".txt",
}
# Shown within a page; everything else is only ever downloaded.
INLINE = {name for name in EXTENSIONS if name.startswith(("image/", "audio/"))} - {"image/svg+xml"}

_SVG = re.compile(rb"<svg[\s>]", re.IGNORECASE)
_HTML = re.compile(rb"<(!doctype html|html|head|body|script|iframe|meta|title)\b", re.IGNORECASE)


def extension_of(content_type: str) -> str:
    """The ending of a type, with the dot; empty for one that is unknown."""
    return EXTENSIONS.get(content_type, "")


def sniff(content: bytes) -> Sniffed:
    """What a file is. Raises WrongType for anything that is not kept here."""
    found = _by_magic(content[:64]) or _by_parts(content) or _by_text(content)
    if found is None:
        raise WrongType(
            "This kind of file is not taken. Pictures (PNG, JPEG, WebP, GIF, BMP), sound (WAV, "
            "OGG, MP3, FLAC, M4A), PDF, Word (.docx), JSON and plain text are."
        )
    return Sniffed(found, _kind(found))


def kind_by_head(head: bytes) -> str:
    """What a file will be used as, by its first 64 bytes; text is not told apart yet."""
    found = _by_magic(head)
    return _kind(found) if found else Asset.Kind.DOCUMENT


def _kind(content_type: str) -> str:
    if content_type in ("image/svg+xml", "text/html", "application/json"):
        return Asset.Kind.DATA
    if content_type.startswith("image/"):
        return Asset.Kind.IMAGE
    return Asset.Kind.AUDIO if content_type.startswith("audio/") else Asset.Kind.DOCUMENT


def _by_magic(head: bytes) -> str | None:
    riff = head[:4] == b"RIFF" and head[8:12]
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if riff == b"WEBP":
        return "image/webp"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"BM") and head[6:10] == b"\0\0\0\0":
        return "image/bmp"
    if riff == b"WAVE":
        return "audio/wav"
    if head.startswith(b"OggS"):
        return "audio/ogg"
    if head.startswith(b"fLaC"):
        return "audio/flac"
    if head.startswith(b"ID3") or (
        head[:1] == b"\xff" and head[1:2] in (b"\xfb", b"\xf3", b"\xf2")
    ):
        return "audio/mpeg"
    if head[4:8] == b"ftyp" and head[8:12] in (b"M4A ", b"M4B "):
        return "audio/mp4"
    return "application/pdf" if head.startswith(b"%PDF-") else None


def _by_parts(content: bytes) -> str | None:
    """Of the archives one alone: a document of Word, and none that brings programs along."""
    if not content.startswith(b"PK\x03\x04") or b"word/document.xml" not in content:
        return None
    return None if b"vbaProject.bin" in content else WORD


def _by_text(content: bytes) -> str | None:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if not text.strip() or any(letter < " " and letter not in "\t\n\r\f" for letter in text):
        return None
    # Anywhere in it: what stands before would not keep a browser from reading it as that.
    if _SVG.search(content):
        return "image/svg+xml"
    if _HTML.search(content):
        return "text/html"
    if text.lstrip()[:1] in "{[":
        try:
            json.loads(text)
        except ValueError:
            return "text/plain"
        return "application/json"
    return "text/plain"


def check_size(kind: str, size: int) -> None:
    """Raise TooLarge, naming the limit, when a file of this kind may not be so large."""
    most = limit_mb(kind)
    if size > most * 1024 * 1024:
        raise TooLarge(
            f"This file has {size / 1024 / 1024:,.1f} MB. At most {most} MB are taken for "
            f"{'an ' + kind if kind[0] in 'ai' else 'a ' + kind} file.",
            details={"limit_mb": most, "size": size},
        )


def limit_mb(kind: str) -> int:
    """How large a file of a kind may be, in MB."""
    named: dict[str, int] = settings.ASSET_LIMITS_MB
    return named.get(kind, named["document"])


def largest_mb() -> int:
    """How large a file of any kind may be, in MB."""
    named: dict[str, int] = settings.ASSET_LIMITS_MB
    return max(named.values())


def harmless_name(name: str, content_type: str) -> str:
    """A name without a path, control characters or tricks of direction, and with its ending."""
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(
        "_" if letter in '<>:"|?*%;' else letter
        for letter in plain
        if unicodedata.category(letter)[0] != "C"
    ).strip(" .")
    ending = extension_of(content_type)
    stem = plain
    if "." in plain:
        before, _, after = plain.rpartition(".")
        if len(after) <= 5 and before:
            stem = before
    return f"{stem[:150].rstrip(' .') or 'file'}{ending}"
