"""JSON in and out. It is all that the API speaks, whatever a client says it accepts."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic_core import from_json, to_json
from rest_framework.exceptions import APIException, ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

# The longest text that a verb takes is a roadmap of 5 MB.
MAX_BODY = 8 * 1024 * 1024


class TooLarge(APIException):
    """More than anything here takes."""

    status_code = 413
    default_code = "too_large"
    default_detail = "The body is larger than anything that is taken here."


def dumps(value: Any) -> bytes:
    """JSON of plain values, ids and moments; several times as fast as the standard library's."""
    return to_json(value, inf_nan_mode="null", fallback=str)


class JSON(BaseRenderer):
    """Writes answers."""

    media_type = "application/json"
    format = "json"
    charset = None  # JSON is UTF-8 by itself

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else dumps(data)


class JSONBody(BaseParser):
    """Reads bodies: strict JSON of bounded size and depth, in UTF-8."""

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        raw = stream.read(MAX_BODY + 1)
        if len(raw) > MAX_BODY:
            raise TooLarge()
        try:
            return from_json(raw, allow_inf_nan=False)
        except ValueError as error:
            raise ParseError(f"This is not JSON: {error}.", code="malformed") from error


class AlwaysJSON(BaseContentNegotiation):
    """Takes the first parser that fits and the first renderer there is."""

    def select_parser(self, request: Request, parsers: Sequence[Any]) -> Any:  # type: ignore[override]
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(  # type: ignore[override]
        self, request: Request, renderers: Sequence[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        return renderers[0], cast(str, renderers[0].media_type)
