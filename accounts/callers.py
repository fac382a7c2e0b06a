"""Who calls the API, on whose behalf, and what they may do: from a token, a key or a session.

A caller is read anew with each request, in one query where it can be: what was revoked a
moment ago lets nobody in.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from django.db.models import F
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.exceptions import PermissionDenied

from accounts.guards import SESSION_KEY
from accounts.keys import KeyRefused, authenticate_key
from accounts.models import Actor, ApiKey, Login, Membership, User, Workspace
from accounts.roles import permissions_of
from accounts.tokens import NotAuthenticated, holds, login_of_access
from core.api.tags import state_tag
from core.errors import NotFound

SAFE = {"GET", "HEAD", "OPTIONS"}


@dataclass(slots=True)
class Caller:
    """Whoever sends a request: their actor in the workspace at hand, and what they may do.

    A person who is in no workspace has no actor. `user` is None for agents.
    """

    door: Literal["token", "key", "session"]
    user: User | None = None
    actor: Actor | None = None
    role: str = ""
    permissions: frozenset[str] = field(default_factory=frozenset)
    key: ApiKey | None = None
    login_id: UUID | None = None

    # What Django and DRF ask of a user.
    is_authenticated = True
    is_anonymous = False

    @property
    def pk(self) -> UUID | None:
        return self.actor.pk if self.actor else self.user.pk if self.user else None

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


def by_token(token: str, wanted: str = "") -> Caller:
    """The person behind an access token. Raises NotAuthenticated."""
    login_id = login_of_access(token)
    memberships = list(
        _places()
        .filter(user__logins=login_id)
        .annotate(
            login_stamp=F("user__logins__stamp"),
            login_ended_at=F("user__logins__ended_at"),
            login_expires_at=F("user__logins__expires_at"),
        )
    )
    login: Login | None
    if memberships:
        one = memberships[0]
        login = Login(
            pk=login_id,
            user=one.user,
            stamp=one.login_stamp,
            ended_at=one.login_ended_at,
            expires_at=one.login_expires_at,
        )
    else:
        login = Login.objects.select_related("user").filter(pk=login_id).first()
    if login is None or not holds(login):
        raise NotAuthenticated("This token is not valid or has expired.")
    caller = _in_workspace(Caller("token", login.user), memberships, wanted)
    caller.login_id = login_id
    return caller


def by_key(text: str, wanted: str = "") -> Caller:
    """The actor behind a key. Raises NotAuthenticated."""
    try:
        key = authenticate_key(text)
    except KeyRefused as refusal:
        raise NotAuthenticated("This API key is not valid.") from refusal
    actor = key.actor
    if wanted and not _is(actor.workspace, wanted):
        raise NotFound("There is no such workspace.", code="no_workspace")
    role, user = actor.kind, None
    if actor.is_person:
        role, user = actor.membership.role, actor.membership.user
    caller = Caller("key", user, actor, role, permissions_of(role, key.scopes), key)
    actor.known_role, actor.limited_to = role, caller.permissions
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
    memberships = list(_places().filter(user=user.pk))  # type: ignore[union-attr]
    chosen = wanted or str(request.session.get(SESSION_KEY) or "")
    caller = Caller("session", user)
    if not wanted and not any(_is(one.workspace, chosen) for one in memberships):
        chosen = ""
    return _in_workspace(caller, memberships, chosen)


def _places() -> Any:
    """Memberships with all that a request needs of them, the oldest first."""
    return (
        Membership.objects.filter(actor__active=True)
        .select_related("user", "actor", "workspace")
        .order_by("created_at")
    )


def _in_workspace(caller: Caller, memberships: Iterable[Membership], wanted: str) -> Caller:
    """The caller in the workspace that is asked for, else in their first one."""
    for one in memberships:
        if not wanted or _is(one.workspace, wanted):
            actor = one.actor
            actor.workspace = one.workspace
            actor.known_role = one.role
            caller.actor, caller.role = actor, one.role
            caller.permissions = permissions_of(one.role)
            return caller
    if wanted:
        raise NotFound("There is no such workspace.", code="no_workspace")
    return caller


def _is(workspace: Workspace, wanted: str) -> bool:
    return workspace.slug == wanted or str(workspace.pk) == wanted
