"""Who calls the API, on whose behalf, and what they may do: from a token, a key or a session.

A caller is read anew with each request, in one query where it can be: what was revoked a
moment ago lets nobody in.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.exceptions import PermissionDenied

from accounts.guards import SESSION_KEY
from accounts.keys import KeyRefused, authenticate_key
from accounts.models import Actor, Login, Membership, User, Workspace
from accounts.reading import actor_columns, actor_of_row
from accounts.roles import permissions_of
from accounts.tokens import NotAuthenticated, holds, login_of_access, stands
from core.api.tags import state_tag
from core.errors import NotFound
from core.prepared import Prepared

SAFE = {"GET", "HEAD", "OPTIONS"}


@dataclass(slots=True)
class Caller:
    """Whoever sends a request: their actor in the workspace at hand, and what they may do.

    A person who is in no workspace has no actor. Only who has signed in has a `user_id`: a
    key stands for an actor alone.
    """

    door: Literal["token", "key", "session"]
    user_id: UUID | None = None
    actor: Actor | None = None
    role: str = ""
    permissions: frozenset[str] = field(default_factory=frozenset)
    login_id: UUID | None = None

    # What Django and DRF ask of a user.
    is_authenticated = True
    is_anonymous = False

    @property
    def pk(self) -> UUID | None:
        return self.actor.pk if self.actor else self.user_id

    @property
    def is_active(self) -> bool:
        return True

    @property
    def state(self) -> str:
        """Names the state of the workspace, as of the moment when the caller was read."""
        if self.actor is None:
            return ""
        home = self.actor.workspace
        return state_tag(home.pk, home.last_event)

    @property
    def name(self) -> str:
        """Whose the request is, for limits and receipts."""
        return f"actor:{self.actor.pk}" if self.actor else f"user:{self.pk}"


class Credentials(BaseAuthentication):
    """Bearer with a token, Token with a key, or the session of this site."""

    def authenticate(self, request: Any) -> tuple[Caller, Any] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        wanted = request.META.get("HTTP_X_WORKSPACE", "")
        scheme, _, text = header.partition(" ")
        scheme = scheme.lower()
        if scheme == "bearer":
            return by_token(text.strip(), wanted), text
        if scheme == "token":
            return by_key(text.strip(), wanted), text
        if header:
            raise NotAuthenticated("Authorization is “Bearer <token>” or “Token <key>”.")
        caller = by_session(request._request, wanted)
        return None if caller is None else (caller, None)

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="api"'


_by_login = Prepared(
    lambda logins: (
        Membership.objects.filter(user__logins__in=logins, actor__active=True)
        .order_by("created_at")
        .values_list(
            "user__logins__stamp",
            "user__logins__ended_at",
            "user__logins__expires_at",
            "user__password",
            "user__is_active",
            "user_id",
            "role",
            *actor_columns("actor__"),
        )
    )
)


def by_token(token: str, wanted: str = "") -> Caller:
    """The person behind an access token. Raises NotAuthenticated. One query."""
    login_id = login_of_access(token)
    rows = _by_login.rows([login_id])
    if not rows:
        return _without_place(login_id, wanted)
    stamp, ended_at, expires_at, password, active, user_id = rows[0][:6]
    if not active or not stands(stamp, password, ended_at, expires_at):
        raise NotAuthenticated("This token is not valid or has expired.")
    caller = Caller("token", user_id=user_id, login_id=login_id)
    return _in_workspace(caller, ((row[6], actor_of_row(row[7:])) for row in rows), wanted)


def _without_place(login_id: UUID, wanted: str) -> Caller:
    """The caller who is signed in and in no workspace."""
    login = Login.objects.select_related("user").filter(pk=login_id).first()
    if login is None or not holds(login):
        raise NotAuthenticated("This token is not valid or has expired.")
    caller = Caller("token", user_id=login.user_id, login_id=login_id)
    return _in_workspace(caller, (), wanted)


def by_key(text: str, wanted: str = "") -> Caller:
    """The actor behind a key. Raises NotAuthenticated. One query."""
    try:
        key = authenticate_key(text)
    except KeyRefused as refusal:
        raise NotAuthenticated("This API key is not valid.") from refusal
    actor = key.actor
    if wanted and not _is(actor.workspace, wanted):
        raise NotFound("There is no such workspace.", code="no_workspace")
    role = actor.known_role or ""
    caller = Caller("key", None, actor, role, permissions_of(role, key.scopes))
    actor.limited_to = caller.permissions
    return caller


def by_session(request: HttpRequest, wanted: str = "") -> Caller | None:
    """The person who is signed in on this site; what they change needs a CSRF token."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) and not getattr(user, "is_authenticated", False):
        return None
    if request.method not in SAFE:
        refused = CSRFCheck(lambda _: None)  # type: ignore[arg-type]
        refused.process_request(request)
        reason = refused.process_view(request, None, (), {})  # type: ignore[arg-type]
        if reason:
            raise PermissionDenied(f"CSRF check failed: {reason}", code="csrf_failed")
    memberships = list(
        Membership.objects.filter(actor__active=True, user=user.pk)  # type: ignore[union-attr]
        .order_by("created_at")
        .values_list("role", *actor_columns("actor__"))
    )
    places = [(row[0], actor_of_row(row[1:])) for row in memberships]
    chosen = wanted or str(request.session.get(SESSION_KEY) or "")
    if not wanted and not any(_is(actor.workspace, chosen) for _, actor in places):
        chosen = ""
    return _in_workspace(Caller("session", user_id=user.pk), places, chosen)  # type: ignore[union-attr]


def _in_workspace(caller: Caller, places: Iterable[tuple[str, Actor]], wanted: str) -> Caller:
    """The caller in the workspace that is asked for, else in their first one."""
    for role, actor in places:
        if not wanted or _is(actor.workspace, wanted):
            actor.known_role = role
            caller.actor, caller.role = actor, role
            caller.permissions = permissions_of(role)
            return caller
    if wanted:
        raise NotFound("There is no such workspace.", code="no_workspace")
    return caller


def _is(workspace: Workspace, wanted: str) -> bool:
    return workspace.slug == wanted or str(workspace.pk) == wanted
