"""Signing in and out, and oneself."""

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.db import transaction

from accounts import actions, tokens
from accounts.endpoint import Endpoint
from accounts.furnishing import furnish
from accounts.models import Membership
from accounts.serializers import (
    LoginInput,
    LogoutInput,
    MeAnswer,
    PasswordInput,
    ProfileInput,
    RefreshInput,
    RegisterInput,
    TokensAnswer,
    UserAnswer,
    actor_of,
    place_of,
    user_of,
)
from core.api.errors import Refused
from core.api.schema import PUBLIC, SIGNED_IN, op
from core.errors import Forbidden, Invalid, LimitReached

_LOCKED = (
    "locked",
    "Too many attempts. Try again in 15 minutes.",
)
_TOKENS = {
    "access": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJsb2dpbiI6Ii4uLiJ9.c2lnbmF0dXJl",
    "refresh": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJjb3VudGVyIjowfQ.c2lnbmF0dXJl",
    "user": {
        "id": "01929c3e-7f00-7abc-8def-0123456789ab",
        "username": "alice",
        "email": "alice@example.org",
        "name": "Alice",
        "timezone": "UTC",
    },
}


class _Entrance(Endpoint):
    tag = "auth"
    needs = {"POST": PUBLIC}
    kinds = {"POST": "login"}

    def given(self, pair: tokens.Tokens) -> dict[str, Any]:
        return {"access": pair.access, "refresh": pair.refresh, "user": user_of(pair.user)}

    @property
    def program(self) -> str:
        return str(self.request.META.get("HTTP_USER_AGENT", ""))


class LogIn(_Entrance):
    @op(
        "login",
        takes=LoginInput,
        gives=TokensAnswer,
        refuses={
            401: ("not_authenticated", "The name or the password is not right."),
            429: _LOCKED,
        },
        example={"username": "alice", "password": "correct-horse-battery"},
        example_answer=_TOKENS,
    )
    def post(self, request: Any, data: dict[str, str]) -> Any:
        """Sign in with the name, or the e-mail address, and the password of a person.

        After eight wrong passwords a name is locked for 15 minutes for that address.
        """
        username = actions.login_name(data["username"])
        plain = request._request
        if not AxesProxyHandler.is_allowed(plain, {"username": username}):
            raise _locked()
        try:
            pair = tokens.password_login(
                request=plain,
                username=username,
                password=data["password"],
                address=self.address,
                program=self.program,
            )
        except tokens.NotAuthenticated:
            if getattr(plain, "axes_locked_out", False):
                raise _locked() from None
            raise
        return self.given(pair)


class Register(_Entrance):
    @op(
        "register",
        takes=RegisterInput,
        gives=TokensAnswer,
        status=201,
        refuses={
            403: ("registration_closed", "Ask for an invitation: registration is closed."),
            404: ("link_expired", "This link has been used or has expired."),
        },
        example={
            "username": "alice",
            "email": "alice@example.org",
            "password": "correct-horse-battery",
            "workspace": "Harbour",
        },
        example_answer=_TOKENS,
    )
    def post(self, request: Any, data: dict[str, str]) -> Any:
        """Make an account: with a workspace of its own, or in the one of an invitation.

        Without an invitation only where registration is open.
        """
        token = data.get("invitation", "")
        if not token and not settings.REGISTRATION_OPEN:
            raise Forbidden(
                "Ask for an invitation: registration is closed.", code="registration_closed"
            )
        person = {
            "username": data["username"],
            "email": data["email"],
            "password": data["password"],
            "name": data.get("name", ""),
        }
        with transaction.atomic():
            member = (
                actions.join_with_new_account(token=token, **person)
                if token
                else self._found(person, data.get("workspace", ""))
            )
        pair = tokens.start_login(user=member.user, address=self.address, program=self.program)
        return self.given(pair)

    def _found(self, person: dict[str, str], name: str) -> Membership:
        user = actions.create_user(**person)
        member = actions.create_workspace(
            name=name or f"{user.get_full_name() or user.username}'s workspace", owner=user
        )
        furnish(member.workspace)
        return member


class Refresh(_Entrance):
    kinds = {}

    @op(
        "refresh",
        takes=RefreshInput,
        gives=TokensAnswer,
        refuses={401: ("not_authenticated", "This token is not valid. Sign in again.")},
        example={"refresh": _TOKENS["refresh"]},
        example_answer=_TOKENS,
    )
    def post(self, request: Any, data: dict[str, str]) -> Any:
        """A new pair of tokens for a refresh token, which is good once.

        One that comes a second time ends its login: somebody else has it.
        """
        return self.given(tokens.renew(refresh=data["refresh"]))


class LogOut(Endpoint):
    tag = "auth"
    needs = {"POST": SIGNED_IN}

    @op("logout", takes=LogoutInput, status=204)
    def post(self, request: Any, data: dict[str, str]) -> Any:
        """End the login of the token that is sent: neither it nor its pair lets in any more."""
        caller = self.caller
        assert caller is not None
        if caller.door == "key":
            raise Forbidden("A key is not signed in; revoke it instead.")
        if caller.login_id is not None:
            tokens.end_login(caller.login_id)
        if "refresh" in data:
            tokens.end_by_refresh(refresh=data["refresh"])


class Me(Endpoint):
    tag = "auth"
    needs = {"GET": SIGNED_IN, "PATCH": SIGNED_IN}

    @op("me", gives=MeAnswer)
    def get(self, request: Any) -> Any:
        """Who calls: the person or agent, where, and what they may do."""
        caller = self.caller
        assert caller is not None
        actor = caller.actor
        user = self.user if caller.user_id else None
        places = (
            [
                place_of(one.workspace, one.role)
                for one in Membership.objects.filter(user=user, actor__active=True)
                .select_related("workspace")
                .order_by("created_at")
            ]
            if user
            else []
        )
        return {
            "user": user_of(user) if user else None,
            "actor": actor_of(actor) if actor else None,
            "role": caller.role,
            "permissions": sorted(caller.permissions),
            "workspace": place_of(actor.workspace, caller.role) if actor else None,
            "workspaces": places,
        }

    @op("updateMe", takes=ProfileInput, gives=UserAnswer)
    def patch(self, request: Any, data: dict[str, str]) -> Any:
        """Change one's own name, address or time zone. Not with a key."""
        user = self.user
        actions.edit_profile(
            user=user,
            name=data.get("name", user.get_full_name()),
            email=data.get("email", user.email),
            timezone=data.get("timezone", user.timezone),
        )
        return user_of(user)


class PasswordChange(_Entrance):
    needs = {"POST": SIGNED_IN}

    @op("changePassword", takes=PasswordInput, gives=TokensAnswer)
    def post(self, request: Any, data: dict[str, str]) -> Any:
        """Set another password. Every other session and token ends; here is a new pair."""
        user = self.user
        try:
            actions.change_password(user=user, **data)
        except Invalid as error:
            if error.field != "old":
                raise
            details = {"old": [error.message]}
            raise Refused(403, "wrong_password", error.message, details) from error
        pair = tokens.start_login(user=user, address=self.address, program=self.program)
        return self.given(pair)


def _locked() -> LimitReached:
    return LimitReached(
        _LOCKED[1],
        code=_LOCKED[0],
        details={"retry_after": settings.AXES_COOLOFF_TIME.total_seconds()},
    )
