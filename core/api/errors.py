"""The one form that every refusal takes.

    {"error": {"code": "…", "message": "…", "details": {…}, "request_id": "…"}}

`code` is for programs, `message` for people; `details` names the fields at fault, each with
its messages, and whatever else helps to mend it. The id stands in the log as well.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response
from structlog.contextvars import get_contextvars

from core.api.wire import dumps
from core.errors import Conflict, Invalid, MCError, refusal_of

log = structlog.get_logger(__name__)

# Somebody who is named and is not there is not found, whatever the verb calls it.
SEEN_FROM_OUTSIDE = {"unknown_handle": 404}
RETRY_AFTER_S = 2


class Refused(MCError):
    """A refusal with a status of its own."""

    def __init__(
        self, status: int, code: str, message: str, details: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message, code=code, details=details)
        self.status = status


@contextmanager
def well_formed() -> Iterator[None]:
    """What a verb refuses in a request that is as the schema says is a conflict (409).

    400 is for what a client could have known by the schema alone; a name that is taken, a
    circle of tasks, a text that makes no plan depend on what is there.
    """
    try:
        yield
    except Invalid as error:
        code = "refused" if error.code == Invalid.code else error.code
        raise Conflict(
            error.message, code=code, field=error.field, details=error.details
        ) from error


def request_id() -> str:
    """The id of the request under way, as it stands in the log."""
    return str(get_contextvars().get("request_id", ""))


def body(code: str, message: str, details: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The error as it is sent."""
    return {
        "error": {
            "code": code,
            "message": message,
            "details": dict(details or {}),
            "request_id": request_id(),
        }
    }


def plain_response(status: int, code: str, message: str) -> HttpResponse:
    """The same, for refusals that happen outside of any endpoint."""
    return HttpResponse(dumps(body(code, message)), status=status, content_type="application/json")


def handle(error: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler: whatever was raised, an answer of the one form."""
    status, content, headers = describe(error)
    if status >= 500:
        log.error("api.failed", status=status, code=content["error"]["code"], exc_info=error)
    return Response(content, status=status, headers=headers)


def describe(error: Exception) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, body and headers for anything that an endpoint may raise."""
    error = refusal_of(error) or error
    if isinstance(error, MCError):
        details = dict(error.details)
        if error.field:
            details.setdefault(error.field, [error.message])
        status = SEEN_FROM_OUTSIDE.get(error.code, error.status)
        headers = {"Retry-After": str(RETRY_AFTER_S)} if status in (429, 503) else {}
        retry = error.details.get("retry_after")
        if isinstance(retry, int | float):
            headers["Retry-After"] = str(max(1, math.ceil(retry)))
        return status, body(error.code, error.message, details), headers
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    if isinstance(error, Http404):
        return 404, body("not_found", "There is no such thing in this workspace."), {}
    if isinstance(error, PermissionDenied):
        return 403, body("forbidden", str(error) or "You may not do that."), {}
    if isinstance(error, RequestDataTooBig):
        return 413, body("too_large", "The body is larger than anything that is taken here."), {}
    if isinstance(error, SuspiciousOperation):
        return 400, body("malformed", "This request cannot be understood."), {}
    if isinstance(error, DataError):
        return 400, body("invalid", "A value lies outside of what can be kept."), {}
    if isinstance(error, OperationalError | InterfaceError):
        message = "The database cannot be reached at the moment. Try again soon."
        return 503, body("unavailable", message), {"Retry-After": str(RETRY_AFTER_S)}
    message = "Something went wrong on our side. The log has it under this request's id."
    return 500, body("internal_error", message), {}


_CODES = {
    exceptions.NotAuthenticated: "not_authenticated",
    exceptions.AuthenticationFailed: "not_authenticated",
    exceptions.PermissionDenied: "forbidden",
    exceptions.NotFound: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
}


def _of_framework(
    error: exceptions.APIException,
) -> tuple[int, dict[str, Any], dict[str, str]]:
    headers: dict[str, str] = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(error, exceptions.ValidationError):
        fields = _fields(error.detail)
        name, said = _first(fields)
        message = f"{name}: {said}" if name else said
        return 400, body("invalid", message, fields), headers
    code = _CODES.get(type(error))
    if code is None:
        codes = error.get_codes()
        code = codes if isinstance(codes, str) else "error"
    return error.status_code, body(code, str(error.detail)), headers


def _fields(detail: Any) -> dict[str, Any]:
    """Messages by field; those of lists and objects within say where they lie."""
    if isinstance(detail, list):
        return {"body": [str(item) for item in detail]}
    flat: dict[str, list[str]] = {}

    def walk(path: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                walk(f"{path}.{key}" if path else str(key), inner)
        elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
            for index, inner in enumerate(value):
                if inner:
                    walk(f"{path}.{index}", inner)
        elif isinstance(value, list):
            flat.setdefault(path, []).extend(str(item) for item in value)
        else:
            flat.setdefault(path, []).append(str(value))

    walk("", detail)
    return {key.removesuffix(".non_field_errors") or "body": said for key, said in flat.items()}


def _first(fields: Mapping[str, list[str]]) -> tuple[str, str]:
    for name, said in fields.items():
        if said:
            return ("" if name in ("non_field_errors", "body") else name), said[0]
    return "", "The input cannot be taken as it is."
