"""The guards with which every screen's view opens: who is it, and may they see this?"""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from accounts.models import Membership, User, Workspace
from core.errors import NotFound
from core.prepared import Whole

P = ParamSpec("P")
M = TypeVar("M", bound=Model)

# Where the chosen workspace is remembered in the session; sockets read it too.
SESSION_KEY = "workspace"


class MemberRequest(HttpRequest):
    """A request of somebody who is signed in and a member of the workspace at hand."""

    htmx: HtmxDetails
    user: User
    member: Membership


def membership_of(request: HttpRequest) -> Membership | None:
    """Who the person is in the workspace that they look at; asked of the database once.

    The workspace is the one that the session names, else the first they became a member of.
    """
    known: list[Membership | None] | None = getattr(request, "_membership", None)
    if known is None:
        known = [_look_up(request)]
        request._membership = known  # type: ignore[attr-defined]
    return known[0]


_memberships = Whole(
    Membership,
    ("actor", "workspace"),
    lambda rows, users: rows.filter(user__in=users, actor__active=True).order_by(),
)


def _look_up(request: HttpRequest) -> Membership | None:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    found = sorted(_memberships.rows([user.pk]), key=lambda one: one.created_at)
    for one in found:
        # One object for one row: the workspace is asked for by either way, and the role often.
        one.actor.workspace = one.workspace
        one.actor.known_role = one.role
    request._workspaces = [one.workspace for one in found]  # type: ignore[attr-defined]
    chosen = request.session.get(SESSION_KEY)
    return next(
        (one for one in found if str(one.workspace_id) == chosen), found[0] if found else None
    )


def workspaces_of(request: HttpRequest) -> list[Workspace]:
    """Every workspace that the person may switch to."""
    membership_of(request)
    known: list[Workspace] = getattr(request, "_workspaces", [])
    return known


def member(
    view: Callable[Concatenate[MemberRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Only for members of a workspace; `request.member` says who it is and where.

    A stranger is sent to sign in and comes back afterwards. Times are shown in the
    person's own zone from here on.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        membership = membership_of(request)
        if membership is None:
            return HttpResponseRedirect(reverse("accounts:nowhere"))
        request.member = membership  # type: ignore[attr-defined]
        _use_zone_of(request.user)
        return view(request, *args, **kwargs)  # type: ignore[arg-type]

    return guarded


def signed_in(
    view: Callable[Concatenate[MemberRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Only for people with an account, whether or not they are in a workspace."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        _use_zone_of(request.user)
        return view(request, *args, **kwargs)  # type: ignore[arg-type]

    return guarded


def fetch(rows: QuerySet[M], request: MemberRequest, *, home: str = "workspace", **by: object) -> M:
    """The one row of the member's workspace that `by` names. Raises NotFound.

    `home` is the way from the row to its workspace. What belongs to others is simply not
    there: a screen never tells whether an id exists elsewhere.
    """
    found = rows.filter(**{home: request.member.workspace_id}, **by).first()
    if found is None:
        raise NotFound("There is nothing at this address.")
    return found


def as_uuid(text: str) -> UUID | None:
    """The id that a form names, or None when it is none: nothing has that id."""
    try:
        return UUID(text)
    except ValueError:
        return None


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """The way to the sign-in page and back; a part of a page reloads its whole page instead."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401)
    url = resolve_url(settings.LOGIN_URL)
    back = request.get_full_path() if request.method == "GET" else ""
    query = "" if back in ("", "/") else f"?{urlencode({'next': back})}"
    return HttpResponseRedirect(f"{url}{query}")


def _use_zone_of(user: object) -> None:
    zone = getattr(user, "timezone", "")
    if zone and zone != "UTC":
        # A name that this machine does not know leaves the times as they are.
        with suppress(ZoneInfoNotFoundError, ValueError):
            timezone.activate(ZoneInfo(zone))
