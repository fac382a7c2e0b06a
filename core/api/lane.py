"""A lane of its own for requests of programs, past what only pages need.

Flash messages, templates' nonces, cookies of forms and the rest of the way that a page takes
cost more than most answers of the API. What a program needs of it is here: the id of the
request, the check of the host, the headers of safety, a session where there is one.
"""

import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.urls import Resolver404, get_urlconf, resolve
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
            match = resolve(path, get_urlconf())
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
