"""What every endpoint of the API does around its own work.

Who calls, how often, may they, has anything changed, was this done before: in this order,
each as cheap as it can be. The endpoint itself is then one call of a verb.
"""

import random
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import receipts
from accounts.callers import Caller, Credentials
from accounts.models import Actor, User, Workspace
from core.api import limits, tags
from core.api.errors import Refused, describe, handle, well_formed
from core.api.pages import page
from core.api.schema import PUBLIC, SIGNED_IN, Schema
from core.api.wire import JSON, AlwaysJSON, JSONBody
from core.errors import Forbidden, Invalid, LimitReached, MCError, NotFound

M = TypeVar("M", bound=Model)

_KEY = re.compile(r"[!-~]{1,200}")
# One request in so many with a key of its own also clears away what is a day old.
_CLEAN_EVERY = 500


# Puts what a caller does within one of its runs, which it names by X-Run; set by the room
# that knows runs.
WithinRun = Callable[[Caller, str], AbstractContextManager[object]]
_within_run: list[WithinRun] = []


def call_within_runs(within: WithinRun) -> None:
    """Let requests that name a run be made within it."""
    _within_run[:] = [within]


class NotModified(Exception):
    """The client has what it would get."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


class Endpoint(APIView):
    """One address of the API. Its methods are marked with `op`."""

    # Under which heading it stands in the documentation.
    tag: ClassVar[str] = "general"
    # What each method needs: a permission, several of which one is enough, or PUBLIC or
    # SIGNED_IN. A method that is not named here does not exist.
    needs: ClassVar[Mapping[str, str | tuple[str, ...]]] = {}
    # The class of the rate limit, where it is not read or write.
    kinds: ClassVar[Mapping[str, str]] = {}
    # Whether what GET answers depends on nothing but what verbs record in the log.
    logged: ClassVar[bool] = False
    # Whether two callers may find different rows in the same list.
    personal: ClassVar[bool] = False
    # Methods that wait on others for long, which no transaction may do.
    slow: ClassVar[frozenset[str]] = frozenset()

    authentication_classes = [Credentials]
    permission_classes = []
    throttle_classes = []
    renderer_classes = [JSON]
    parser_classes = [JSONBody]
    content_negotiation_class = AlwaysJSON
    metadata_class = None
    schema = Schema()

    caller: Caller | None = None
    _verdict: "limits.Verdict | None" = None

    # --- what endpoints ask of it -------------------------------------------------------

    @property
    def actor(self) -> Actor:
        """Whoever calls, in their workspace."""
        if self.caller is None or self.caller.actor is None:
            raise Forbidden("You are in no workspace yet.", code="no_workspace")
        return self.caller.actor

    @property
    def workspace(self) -> Workspace:
        return self.actor.workspace

    @property
    def permissions(self) -> frozenset[str]:
        """What the caller may do here."""
        return self.caller.permissions if self.caller else frozenset()

    @property
    def user(self) -> User:
        """The person who has signed in. Neither agents nor keys are one. One query."""
        user_id = self.caller.user_id if self.caller else None
        found = User.objects.filter(pk=user_id).first() if user_id else None
        if found is None:
            raise Forbidden("Only a person who has signed in may do that, not a key.")
        return found

    def fetch(self, rows: QuerySet[M], *, home: str = "workspace", **by: Any) -> M:
        """The one row of this workspace that `by` names. What belongs to others is not there."""
        found = rows.filter(**{home: self.actor.workspace_id}, **by).first()
        if found is None:
            raise NotFound("There is no such thing in this workspace.")
        return found

    def page(
        self, rows: QuerySet[Any], build: Any, query: dict[str, Any], *, count: int | None = None
    ) -> dict[str, Any]:
        """One page of a list; its count is remembered while the log stands still."""
        caller = self.caller
        tag = caller.state if self.logged and caller is not None else ""
        if tag and self.personal:
            tag = f"{tag} {self.actor.pk}"
        return page(self.request, rows, build, query, tag=tag, count=count)

    def versioned(self, content: Any, version: int, status: int = 200) -> Response:
        """An answer whose tag counts the versions of the thing itself."""
        caller = self.caller
        assert caller is not None
        tag = tags.versioned(version, caller.state, self.actor.pk)
        return Response(content, status=status, headers={"ETag": tag})

    @property
    def wanted_version(self) -> int | None:
        """The version that If-Match asks for, to be handed to the verb; None for any."""
        header = self.request.META.get("HTTP_IF_MATCH")
        return None if header is None else tags.version_in(header)

    def expected_version(self, present: int) -> int | None:
        """The same; refused at once (412) where it is not the present one."""
        wanted = self.wanted_version
        if wanted is not None and wanted != present:
            raise Refused(
                412,
                "precondition_failed",
                f"It was changed meanwhile: it is at version {present}.",
                {"version": present},
            )
        return wanted

    @property
    def address(self) -> str:
        """Whence the request came; the outermost middleware has seen to proxies."""
        return str(self.request.META.get("REMOTE_ADDR", ""))

    # --- the way of a request -----------------------------------------------------------

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.args, self.kwargs, self.headers = args, kwargs, {}
        asked = self.initialize_request(request, *args, **kwargs)
        self.request = asked
        response: HttpResponseBase
        try:
            handler = self._prepare(asked)
            key = asked.META.get("HTTP_IDEMPOTENCY_KEY")
            if asked.method == "POST" and key is not None:
                response = self._once(handler, key, kwargs)
            else:
                response = self._call(handler, kwargs)
        except NotModified as same:
            response = HttpResponse(status=304, headers={"ETag": same.tag})
        except Exception as error:
            response = self.handle_exception(error)
        return self._finish(asked, response)

    def _prepare(self, request: Any) -> Any:
        request.accepted_renderer, request.accepted_media_type = JSON(), JSON.media_type
        method = "GET" if request.method == "HEAD" else request.method
        if method == "OPTIONS":
            return self.options
        need = self.needs.get(method)
        handler = getattr(self, method.lower(), None) if need is not None else None
        kind = self.kinds.get(method) or ("read" if method == "GET" else "write")
        self._limit(kind, limits.of_address(kind, self.address))
        if need != PUBLIC and need is not None:
            self._identify(request)
            caller = self.caller
            assert caller is not None
            self._limit(kind, limits.of_actor(kind, caller.name))
            self._permit(caller, need)
        if handler is None:
            raise MethodNotAllowed(request.method)
        if method == "GET" and self.logged:
            self._compare(request)
        return handler

    def _identify(self, request: Any) -> None:
        try:
            request._authenticate()
        except Exception as error:
            status, _, _ = describe(error)
            if status == 401:
                self._limit("login", limits.of_address("refused", self.address))
            raise
        if not isinstance(request.user, Caller):
            self.permission_denied(request)
        self.caller = request.user

    def _limit(self, kind: str, verdict: limits.Verdict) -> None:
        self._verdict, self._kind = verdict, kind
        if not verdict.allowed:
            raise LimitReached(
                f"Too many requests. Try again in {verdict.reset} s.",
                code="rate_limited",
                details={"retry_after": verdict.reset},
            )

    def _permit(self, caller: Caller, need: str | tuple[str, ...]) -> None:
        if need == SIGNED_IN:
            return
        wanted = (need,) if isinstance(need, str) else need
        if caller.permissions.isdisjoint(wanted):
            actor = self.actor  # somebody without a workspace is told so
            said = " or ".join(wanted)
            raise Forbidden(f"@{actor.handle} may not do that: it needs the right to {said}.")

    def _compare(self, request: Any) -> None:
        """304 before any row is read, if the log stands where it stood."""
        caller = self.caller
        header = request.META.get("HTTP_IF_NONE_MATCH")
        if not header or caller is None or caller.actor is None:
            return
        state = tags.weak(caller.state, caller.actor.pk)
        for part in header.split(","):
            known = part.strip()
            if known.removeprefix("W/").strip('"').endswith(state[3:-1]):
                raise NotModified(known)

    def _once(self, handler: Any, key: str, path: Mapping[str, Any]) -> HttpResponseBase:
        if not _KEY.fullmatch(key):
            raise Invalid(
                "An Idempotency-Key has 1 to 200 visible ASCII characters.",
                field="Idempotency-Key",
            )
        request: Any = self.request
        raw: bytes = request._request.body if not request._request._read_started else b""
        digest = receipts.digest_of(
            str(request.method).encode(), request.get_full_path().encode(), raw
        )
        owner = self.caller.name if self.caller else f"address:{self.address}"
        if random.randrange(_CLEAN_EVERY) == 0:
            receipts.forget_old()
        answer = receipts.once(
            owner=owner,
            key=key,
            digest=digest,
            do=lambda: self._answer(handler, path),
            together="POST" not in self.slow,
        )
        headers = answer.headers | ({"Idempotency-Replayed": "true"} if answer.again else {})
        return HttpResponse(
            answer.content,
            status=answer.status,
            headers=headers,
            content_type=JSON.media_type if answer.content else None,
        )

    def _call(self, handler: Any, path: Mapping[str, Any]) -> HttpResponseBase:
        named = self.request.META.get("HTTP_X_RUN")
        with well_formed():
            if named is None or self.caller is None or not _within_run:
                return cast(HttpResponseBase, handler(self.request, **path))
            with _within_run[0](self.caller, named):
                return cast(HttpResponseBase, handler(self.request, **path))

    def _answer(self, handler: Any, path: Mapping[str, Any]) -> receipts.Answer:
        response = self._call(handler, path)
        if isinstance(response, Response):
            self._render(response)
        kept = {name: response[name] for name in ("ETag", "Location") if name in response}
        content = response.content if isinstance(response, HttpResponse) else b""
        return receipts.Answer(response.status_code, content, kept)

    def handle_exception(self, exc: Exception) -> Response:
        stale = isinstance(exc, MCError) and exc.code == "version_conflict"
        if stale and self.request.META.get("HTTP_IF_MATCH"):
            assert isinstance(exc, MCError)
            exc = Refused(412, "precondition_failed", exc.message, exc.details)
        response = handle(exc, {})
        if response.status_code == 401:
            response["WWW-Authenticate"] = 'Bearer realm="api", Token realm="api"'
        if response.status_code == 405:
            response["Allow"] = self._allow()
        return response

    def options(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """Which methods there are."""
        return HttpResponse(status=204, headers={"Allow": self._allow()})

    def _allow(self) -> str:
        head = ["HEAD"] if "GET" in self.needs else []
        return ", ".join(sorted([*self.needs, *head, "OPTIONS"]))

    def _render(self, response: Response) -> None:
        response.accepted_renderer = JSON()
        response.accepted_media_type = JSON.media_type
        response.renderer_context = {}  # type: ignore[attr-defined]
        response.render()

    def _finish(self, request: Any, response: HttpResponseBase) -> HttpResponseBase:
        if isinstance(response, Response) and not response.is_rendered:
            self._render(response)
        if request.method in ("GET", "HEAD") and response.status_code == 200:
            response = self._tagged(request, response)
        if self._verdict is not None:
            for name, value in limits.headers(self._kind, self._verdict).items():
                response[name] = value
        return response

    def _tagged(self, request: Any, response: HttpResponseBase) -> HttpResponseBase:
        if "ETag" not in response:
            caller = self.caller
            if self.logged and caller is not None and caller.actor is not None:
                response["ETag"] = tags.weak(caller.state, caller.actor.pk)
            elif isinstance(response, HttpResponse):
                response["ETag"] = tags.of_content(response.content)
        header = request.META.get("HTTP_IF_NONE_MATCH")
        if header and "ETag" in response and tags.matches(header, response["ETag"]):
            response = HttpResponse(status=304, headers={"ETag": response["ETag"]})
        response["Cache-Control"] = "private, no-cache"
        return response


def by_id(rows: QuerySet[M], ids: list[UUID], *, field: str) -> list[M]:
    """The rows of these ids, in their order. Raises NotFound naming the field."""
    if not ids:
        return []
    known = {row.pk: row for row in rows.filter(pk__in=ids)}
    missing = [str(one) for one in ids if one not in known]
    if missing:
        raise NotFound(
            f"There is no {field.removesuffix('_ids').removesuffix('_id')} {missing[0]} here.",
            field=field,
            details={"missing": missing},
        )
    return [known[one] for one in dict.fromkeys(ids)]
