"""From a server's way of failing to ours: one table for all providers."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from modules.language.base import ProviderError

TRANSIENT_STATUS = frozenset({408, 409, 429})

# What servers write in the `type` or `code` of an error whose status says nothing,
# because the stream had already begun with a 200.
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "timeout_error": 408,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "billing_error": 402,
    "api_error": 500,
    "server_error": 500,
    "overloaded_error": 529,
}

# 429 in name, but no waiting helps.
_SPENT = {"insufficient_quota", "billing_error", "billing_hard_limit_reached"}
_TOO_LONG = re.compile(
    r"context[ _](length|window)|prompt is too long|maximum context|too many tokens", re.I
)
_KEYS = re.compile(r"\b(sk|pk|key|bearer)[-_ ][\w*.\-]{6,}", re.I)


def from_status(
    status: int,
    *,
    words: str = "",
    kind: str | None = None,
    headers: Mapping[str, str] | None = None,
    secret: str = "",
    in_stream: bool = False,
) -> ProviderError:
    """The error for an HTTP status, or for one that a stream named after its 200.

    `words` are the server's own, `kind` its error type or code. Transient are 408, 409, 429
    and 5xx (529 among them), except a 429 that means "you have no money left".
    """
    transient = status in TRANSIENT_STATUS or status >= 500
    if kind in _SPENT:
        transient = False
    code, sentence = _describe(status, words, kind)
    said = clean(words, secret)
    return ProviderError(
        code,
        f"{sentence} ({status}){': ' + said if said else '.'}",
        transient=transient,
        status=200 if in_stream else status,
        retry_after=retry_after(headers) if headers and transient else None,
    )


def _describe(status: int, words: str, kind: str | None) -> tuple[str, str]:
    if kind in _SPENT or status == 402:
        return "out_of_credit", "The account at the provider has no credit left"
    if (
        status == 413
        or kind == "context_length_exceeded"
        or (status == 400 and _TOO_LONG.search(words))
    ):
        return "context_too_long", "The request is longer than the model can read"
    if status == 401:
        return "wrong_key", "The provider refused the key"
    if status == 403:
        return "forbidden", "The key may not use this model"
    if status == 404:
        return "unknown_model", "The provider knows no such model or address"
    if status == 408:
        return "timeout", "The provider gave up waiting"
    if status == 429:
        return "rate_limited", "The provider asks to slow down"
    if status in (503, 529):
        return "overloaded", "The provider is overloaded"
    if status >= 500:
        return "server_error", "The provider failed"
    if 300 <= status < 400:
        return "redirected", "The address points somewhere else"
    return "bad_request", "The provider did not accept the request"


def from_body(body: Any, *, secret: str = "") -> ProviderError:
    """The error that was sent inside a 200. What it does not explain counts as passing."""
    error = body.get("error", body) if isinstance(body, dict) else body
    words, kinds = "", []
    if isinstance(error, dict):
        words = str(error.get("message") or "")
        kinds = [str(error[key]) for key in ("type", "code") if error.get(key) is not None]
    elif isinstance(error, str):
        words = error
    status = 500
    for kind in kinds:
        if kind in _STATUS_OF_TYPE:
            status = _STATUS_OF_TYPE[kind]
        elif kind.isdigit() and 400 <= int(kind) < 600:
            status = int(kind)
    telling = next((kind for kind in kinds if kind in _SPENT), kinds[0] if kinds else None)
    return from_status(status, words=words, kind=telling, secret=secret, in_stream=True)


def unreachable(error: Exception) -> ProviderError:
    return ProviderError(
        "unreachable",
        f"The address of the model could not be reached ({type(error).__name__}).",
        transient=True,
    )


def timed_out(what: str) -> ProviderError:
    return ProviderError("timeout", f"The model did not answer in time: {what}.", transient=True)


def half_stream() -> ProviderError:
    return ProviderError(
        "half_stream", "The model's answer broke off before its end.", transient=True, status=200
    )


def garbage(detail: str) -> ProviderError:
    return ProviderError(
        "garbage",
        f"What the server sent is not an answer of a model ({detail}).",
        transient=True,
        status=200,
    )


def empty() -> ProviderError:
    return ProviderError("empty", "The model answered nothing.", transient=True, status=200)


def no_room() -> ProviderError:
    """All allowed tokens went into thinking; the same call would end the same way."""
    return ProviderError(
        "no_room",
        "The model used up all the tokens it was allowed without saying anything; "
        "allow it more output tokens.",
        transient=False,
        status=200,
    )


def clean(words: str, secret: str = "") -> str:
    """A server's words, fit to be shown: without keys, on one line, at most 300 characters."""
    if secret:
        words = words.replace(secret, "[key]")
    words = _KEYS.sub("[key]", " ".join(words.split()))
    return words if len(words) <= 300 else words[:299] + "…"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the server asks to wait: Retry-After as a number or a date (RFC 9110)."""
    try:
        if millis := headers.get("retry-after-ms"):
            return max(0.0, float(millis) / 1000)
        value = headers.get("retry-after")
        if not value:
            return None
        if value.strip().replace(".", "", 1).isdigit():
            return float(value)
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def refused_address() -> ProviderError:
    return ProviderError(
        "address_refused", "The address of the model is one that is not allowed.", transient=False
    )


def bad_address() -> ProviderError:
    return ProviderError("bad_address", "The address of the model is no address.", transient=False)
