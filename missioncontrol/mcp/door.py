"""Who comes in at /mcp: looked at before a word of the protocol is read.

The SDK weighs as much as a third of the house, so it is loaded by the first caller that is
let in and never before.
"""

import asyncio
import contextvars
import io
import time
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bound_contextvars

from accounts.callers import Caller, by_key
from accounts.tokens import NotAuthenticated
from core.api import limits
from core.api.errors import describe, plain_response
from core.api.wire import dumps
from core.errors import LimitReached
from missioncontrol import metrics
from missioncontrol.proxies import ClientAddress

log = structlog.get_logger(__name__)

PATH = "/mcp"
# Of its own, so that programs which call many tools at once leave pages and API their threads.
THREADS = 4
# Where the protocol's side finds what this side knows of a request.
CALLER, IN_THREAD = "missioncontrol.caller", "missioncontrol.in_thread"

Scope: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Any]]
Send: TypeAlias = Callable[[Any], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
R = TypeVar("R")

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Door:
    """Answers /mcp; everything else goes on to `rest`."""

    def __init__(self, rest: App) -> None:
        self._rest = rest
        self._serve: App | None = None
        self._threads: ThreadPoolExecutor | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].rstrip("/") != PATH:
            await self._rest(scope, receive, send)
            return
        request_id = uuid.uuid4().hex
        with bound_contextvars(request_id=request_id):
            await self._answer(scope, receive, _Watched(send, scope["method"], request_id))

    async def _answer(self, scope: Scope, receive: Receive, send: "_Watched") -> None:
        if scope["method"] != "POST":
            # Nothing is sent but answers, and there is no session to end.
            refusal = plain_response(405, "method_not_allowed", "Send POST.")
            refusal["Allow"] = "POST"
            await _send(refusal, send)
            return
        admitted = await self.in_thread(lambda: _admit(scope))
        if isinstance(admitted, HttpResponse):
            await _send(admitted, send)
            return
        caller, send.extra = admitted
        if self._serve is None:
            self._serve = await asyncio.to_thread(_load)
        told = {**scope, CALLER: caller, IN_THREAD: self.in_thread}
        try:
            await self._serve(told, receive, send)
        except Exception:
            log.exception("mcp.failed")
            if send.started:
                raise
            message = "Something went wrong on our side. The log has it under this request's id."
            await _send(plain_response(500, "internal_error", message), send)

    async def in_thread(self, work: Callable[[], R]) -> R:
        """Do what needs the database in a thread that may wait for it."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="mcp")
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, context.run, _with_database, work)


class _Watched:
    """Sends the answer on with the headers that each of ours has, and counts it."""

    def __init__(self, send: Send, method: str, request_id: str) -> None:
        self._send = send
        self._method = method if method in ("GET", "POST", "DELETE", "OPTIONS") else "other"
        self._began = time.perf_counter()
        self.extra: dict[str, str] = {"X-Request-Id": request_id}
        self._request_id = request_id
        self.started = False

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            ours = {**_HEADERS, **self.extra, "X-Request-Id": self._request_id}
            names = {name.lower().encode() for name in ours}
            kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in names]
            added = [(name.lower().encode(), value.encode()) for name, value in ours.items()]
            message = {**message, "headers": [*kept, *added]}
            metrics.REQUESTS.labels(self._method, "mcp", message["status"]).inc()
            seconds = time.perf_counter() - self._began
            metrics.SECONDS.labels(self._method, "mcp").observe(seconds)
        await self._send(message)


def _load() -> App:
    from missioncontrol.mcp.server import serve

    return serve


def _with_database(work: Callable[[], R]) -> R:
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()


def _admit(scope: Scope) -> tuple[Caller, dict[str, str]] | HttpResponse:
    """Who calls, with what they are told of their limits; or what to answer instead."""
    admitted: list[tuple[Caller, dict[str, str]]] = []

    def look(request: HttpRequest) -> HttpResponse:
        refusal = _refused_by_place(request)
        if refusal is not None:
            return refusal
        try:
            admitted.append(_identify(request))
        except Exception as error:
            status, content, headers = describe(error)
            if status >= 500:
                log.error("mcp.failed", exc_info=error)
            if status == 401:
                headers["WWW-Authenticate"] = 'Bearer realm="mcp", Token realm="mcp"'
            return HttpResponse(
                dumps(content), status=status, headers=headers, content_type="application/json"
            )
        return HttpResponse()

    refusal = ClientAddress(look)(ASGIRequest(scope, io.BytesIO()))
    return admitted[0] if admitted else refusal


def _refused_by_place(request: HttpRequest) -> HttpResponse | None:
    """A page of another site must not get here, by its own name or by borrowing ours."""
    try:
        host = request.get_host()
    except DisallowedHost:
        return plain_response(421, "unknown_host", "This host is not served here.")
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        return plain_response(403, "https_required", "Use https.")
    origin = request.headers.get("Origin")
    ours = {f"{request.scheme}://{host}", _origin_of(settings.SITE_URL)}
    if origin is None or origin in ours or origin in settings.CSRF_TRUSTED_ORIGINS:
        return None
    return plain_response(403, "foreign_origin", "Pages of other sites may not ask here.")


def _origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _identify(request: HttpRequest) -> tuple[Caller, dict[str, str]]:
    address = str(request.META.get("REMOTE_ADDR", ""))
    _within(limits.of_address("read", address))
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    try:
        if scheme.lower() not in ("bearer", "token"):
            raise NotAuthenticated("Send “Authorization: Bearer mc_…” with an API key.")
        caller = by_key(key.strip(), request.headers.get("X-Workspace", ""))
    except NotAuthenticated:
        _within(limits.of_address("refused", address))
        raise
    verdict = limits.of_actor("read", caller.name)
    _within(verdict)
    return caller, limits.headers("read", verdict)


def _within(verdict: limits.Verdict) -> None:
    if not verdict.allowed:
        raise LimitReached(
            f"Too many requests. Try again in {verdict.reset} s.",
            code="rate_limited",
            details={"retry_after": verdict.reset},
        )


async def _send(response: HttpResponse, send: Send) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in response.items()]
    start = {"status": response.status_code, "headers": headers}
    await send({"type": "http.response.start", **start})
    await send({"type": "http.response.body", "body": response.content})
