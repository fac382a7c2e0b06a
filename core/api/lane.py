"""A lane of its own for requests of programs, past what only pages need.

Flash messages, templates' nonces, cookies of forms and the rest of the way that a page takes
cost more than most answers of the API. What a program needs of it is here: the id of the
request, the check of the host, the headers of safety, a session where there is one.
"""

import re
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.urls import Resolver404, ResolverMatch, get_urlconf, resolve
from structlog.contextvars import bind_contextvars, clear_contextvars

from core.api.errors import plain_response

log = structlog.get_logger(__name__)

PREFIX = "/api/v1/"
# Pages for people, which go the way of pages.
PAGES = ("/api/v1/docs", "/api/v1/redoc")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Vary": "Authorization, Cookie, X-Workspace",
}


# Routes by the shape of their address, once it has been resolved: a hundred patterns tried one
# after the other take longer than the answer to many a request.
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_known: dict[tuple[str | None, str], ResolverMatch] = {}
_MOST_KNOWN = 1_000


def _resolve(path: str) -> ResolverMatch:
    """Which endpoint an address means. Raises Resolver404."""
    urlconf = get_urlconf() or settings.ROOT_URLCONF
    shape = (urlconf, _ID.sub("*", path))
    known = _known.get(shape)
    if known is None:
        match = resolve(path, urlconf)
        ids = [str(value) for value in match.kwargs.values() if isinstance(value, uuid.UUID)]
        if len(ids) == len(match.kwargs) and ids == _ID.findall(path):
            if len(_known) >= _MOST_KNOWN:
                _known.clear()
            _known[shape] = match
        return match
    kwargs = dict(zip(known.kwargs, map(uuid.UUID, _ID.findall(path)), strict=True))
    return ResolverMatch(known.func, known.args, kwargs, known.url_name, route=known.route)


class ApiLane:
    """Answers what lies under the API's address; everything else goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._security = SecurityMiddleware(get_response)
        self._sessions = SessionMiddleware(get_response)
        self._people = AuthenticationMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if not path.startswith(PREFIX) or path.startswith(PAGES):
            return self.get_response(request)
        request_id = uuid.uuid4().hex
        bind_contextvars(request_id=request_id)
        try:
            response = self._answer(request)
        finally:
            clear_contextvars()
        response = self._security.process_response(request, response)
        for name, value in _HEADERS.items():
            response[name] = value
        if "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        response["X-Request-Id"] = request_id
        if not response.streaming and response.status_code not in (204, 304):
            response.setdefault("Content-Length", str(len(response.content)))
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        try:
            request.get_host()
        except DisallowedHost:
            return plain_response(400, "unknown_host", "This host is not served here.")
        if self._security.process_request(request) is not None:
            return plain_response(403, "https_required", "Use https.")
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            self._sessions.process_request(request)
            self._people.process_request(request)
        path = request.path_info
        if path.endswith("/"):
            path = request.path_info = path.rstrip("/")
        try:
            match = _resolve(path)
        except Resolver404:
            return plain_response(404, "not_found", "There is nothing at this address.")
        request.resolver_match = match
        try:
            response: HttpResponse = match.func(request, *match.args, **match.kwargs)
            if not getattr(response, "is_rendered", True):
                response = response.render()  # type: ignore[attr-defined]
        except Exception:
            log.exception("api.failed", method=request.method, path=path)
            message = "Something went wrong on our side. The log has it under this request's id."
            return plain_response(500, "internal_error", message)
        return response
