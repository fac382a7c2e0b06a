"""Requests to providers of music: to checked addresses, bounded, each failure with its name."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2

from core.http import OutboundError, fetch
from modules.language import errors
from modules.language.base import Endpoint, ProviderError
from modules.language.connections import http_client
from modules.language.transport import AddressRefused

MOST_JSON = 2_000_000
# Answers by which a server says that it has not begun.
_NOT_BEGUN = {408, 425, 429, 503}


@dataclass(frozen=True)
class Answer:
    """What came back; a status of 200 to 299."""

    content: bytes
    content_type: str

    def json(self) -> Any:
        try:
            return json.loads(self.content)
        except ValueError:
            raise errors.garbage("no JSON") from None


async def send(
    endpoint: Endpoint,
    method: str,
    url: str,
    *,
    headers: dict[str, str] | None = None,
    body: Any = None,
    most: int = MOST_JSON,
    once: bool = False,
) -> Answer:
    """One request. Raises ProviderError.

    With `once` the request orders something: where nobody can know whether it was taken, the
    error does not pass, so that it is not ordered a second time.
    """
    try:
        async with (
            http_client(endpoint) as client,
            client.stream(method, url, headers=headers, json=body) as answer,
        ):
            content = await _read(answer, most)
            status, kind = answer.status_code, answer.headers.get("content-type", "")
            if 200 <= status < 300:
                return Answer(content, kind)
            said = errors.from_status(
                status, words=_words(content), headers=answer.headers, secret=endpoint.api_key
            )
    except httpx2.InvalidURL:
        raise errors.bad_address() from None
    except AddressRefused:
        raise errors.refused_address() from None
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
        raise errors.unreachable(error) from None
    except httpx2.HTTPError as error:
        raise _unknown(type(error).__name__) if once else errors.unreachable(error) from None
    if once and said.transient and status not in _NOT_BEGUN:
        raise _unknown(f"status {status}")
    raise said


def download(endpoint: Endpoint, url: str, *, most: int) -> bytes:
    """The file at an address that the provider named: his own, or one on the open internet.

    Only his own gets no check against private addresses beyond what holds for models, and
    neither gets the key. Raises ProviderError.
    """
    from core import background

    if origin_of(url) == origin_of(endpoint.base_url):
        return background.submit(send(endpoint, "GET", url, most=most)).result().content
    try:
        answer = fetch(url, timeout_s=endpoint.timeout_s, max_bytes=most)
    except OutboundError as error:
        raise ProviderError(error.code, error.message, transient=error.status != 400) from None
    if answer.status != 200:
        raise errors.from_status(answer.status)
    return answer.content


def origin_of(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        return parts.scheme, parts.hostname, port
    except ValueError:
        return "", None, None


async def _read(answer: httpx2.Response, most: int) -> bytes:
    content = bytearray()
    async for piece in answer.aiter_bytes():
        content += piece
        if len(content) > most:
            raise ProviderError(
                "too_large", f"The provider sent more than {most:,} bytes.", transient=False
            )
    return bytes(content)


def _words(content: bytes) -> str:
    """The server's message; not its whole body, which may be a page of HTML."""
    try:
        body = json.loads(content)
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    found = body.get("error") or body.get("message") or body.get("detail") or body.get("msg") or ""
    return str(found.get("message", "")) if isinstance(found, dict) else str(found)


def _unknown(why: str) -> ProviderError:
    return ProviderError(
        "unknown_outcome",
        f"Nobody knows whether the provider has taken the order ({why}). Look there before you "
        "decide: it was not ordered a second time.",
        transient=False,
    )
