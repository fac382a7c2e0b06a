"""Sending files so that they can do no harm, and so that players may jump about in them."""

import re

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from core.errors import NotFound
from core.files import stream
from modules.assets.addresses import THUMBNAIL
from modules.assets.kinds import INLINE
from modules.models import Asset

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def serve(request: HttpRequest, asset: Asset, what: str) -> HttpResponseBase:
    """The file, or its thumbnail; with `?download=1` to be saved. Heeds one Range."""
    small = what == THUMBNAIL
    content_type = "image/webp" if small else asset.content_type
    attached = content_type not in INLINE or "download" in request.GET
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": content_disposition_header(attached, asset.name) or "attachment",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, max-age=3600, immutable",
        "Accept-Ranges": "bytes",
        "ETag": f'"{asset.digest}{"-s" if small else ""}"',
    }
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return HttpResponse(status=304, headers=headers)
    # What a browser might run is not even named as what it is.
    shown = content_type if content_type in INLINE else "application/octet-stream"
    stored = asset.thumbnail if small else asset.file
    size = stored.size if small else asset.size
    found = span_of(request.headers.get("Range", ""), size)
    if found is None:
        headers["Content-Range"] = f"bytes */{size}"
        return HttpResponse(status=416, headers=headers)
    first, last = found
    headers["Content-Length"] = str(last - first + 1)
    partial = (first, last) != (0, size - 1)
    if partial:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    status = 206 if partial else 200
    if request.method == "HEAD":
        return HttpResponse(status=status, content_type=shown, headers=headers)
    try:
        pieces = stream(stored, first, last - first + 1)
    except FileNotFoundError:
        raise NotFound("The file of this asset is gone.") from None
    return StreamingHttpResponse(pieces, status=status, content_type=shown, headers=headers)


def span_of(header: str, size: int) -> tuple[int, int] | None:
    """The first and the last byte that a Range asks for; None for one that cannot be had.

    Anything but a single range of bytes is answered as a whole, as the standard allows.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or not (match[1] or match[2]):
        return 0, size - 1
    if not match[1]:  # the last so many
        count = int(match[2])
        return (max(0, size - count), size - 1) if count else None
    first = int(match[1])
    last = min(int(match[2]), size - 1) if match[2] else size - 1
    return (first, last) if first <= last else None
