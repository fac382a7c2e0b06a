"""Static files from the web process."""

from pathlib import Path
from typing import Any

import brotli
from django.http import HttpRequest, HttpResponse
from whitenoise.compress import Compressor
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise for an ASGI server: a file is read whole and sent as one answer.

    WhiteNoise answers with a file to iterate over, which under ASGI is read whole as well,
    only in pieces of 4 KB that each cross from a thread to the loop. Ours are a few hundred
    KB at most.
    """

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        answer = static_file.get_response(request.method, request.META)
        body = b""
        if answer.file is not None:
            with answer.file as file:
                body = file.read()
        response = HttpResponse(body, status=int(answer.status))
        del response["Content-Type"]
        for name, value in answer.headers:
            response[name] = value
        return response


class _OnlyNew(Compressor):
    """Compresses what has not been compressed: a name with a hash stands for its content.

    The best compression takes seconds for a megabyte of the API's documentation, which few
    open: large files get the second best, in a tenth of the time.
    """

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        quality = 11 if len(data) < 300_000 else 9
        compressed: bytes = brotli.compress(data, quality=quality)
        return compressed

    def compress(self, path: str) -> list[str]:
        done = [path + suffix for suffix in (".br", ".gz") if Path(path + suffix).exists()]
        names: list[str] = done or super().compress(path)
        return names


class Storage(CompressedManifestStaticFilesStorage):
    """Names with a hash, to be kept by browsers for ever; compressed once, not at each start.

    Maps for debuggers are megabytes that nobody fetches: they are not compressed at all.
    """

    def create_compressor(self, **options: Any) -> Compressor:
        options["extensions"] = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
        return _OnlyNew(**options)
