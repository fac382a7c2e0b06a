"""Tokens for programs that sign in with a password: made, renewed, ended.

An access token is good for minutes and names its login; a refresh token is good once and
brings a new pair. Neither is kept: the login's row decides.
"""

import hmac
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts.actions import login_name
from accounts.models import Login, User
from core.clock import Now
from core.errors import MCError

# Access tokens whose signature was found good: the login they name and when they expire.
_seen: dict[str, tuple[UUID, float]] = {}
_MOST_SEEN = 5_000
# However often it is renewed, a login ends after this.
LONGEST = timedelta(days=90)


class NotAuthenticated(MCError):
    """The name, the password or the token does not let in. Which of them is not told."""

    status, code = 401, "not_authenticated"


@dataclass(frozen=True)
class Tokens:
    """What a program is given: how it asks, and how it gets the next pair."""

    access: str
    refresh: str
    user: User


def password_login(
    *, request: HttpRequest, username: str, password: str, address: str, program: str
) -> Tokens:
    """Sign a program in with the name or e-mail address and password of a person.

    The answer to a wrong password and to an unknown name is the same. Whether there were too
    many attempts is for the caller to ask first.
    """
    user = authenticate(request, username=login_name(username), password=password)
    if not isinstance(user, User):
        raise NotAuthenticated("The name or the password is not right.")
    return start_login(user=user, address=address, program=program)


@transaction.atomic
def start_login(*, user: User, address: str = "", program: str = "") -> Tokens:
    """The first pair of tokens of a new login."""
    now = timezone.now()
    login = Login.objects.create(
        user=user,
        stamp=stamp_of(user.password),
        address=address or None,
        program=program[:200],
        expires_at=now + settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"],
    )
    User.objects.filter(pk=user.pk).update(last_login=now)
    return _pair(login, user)


def renew(*, refresh: str) -> Tokens:
    """A new pair for a refresh token that has not been used yet. Raises NotAuthenticated.

    One that was used before ends the whole login: two hold it, and one of them stole it.
    """
    refusal = NotAuthenticated("This token is not valid. Sign in again.")
    login_id, counter = _read_refresh(refresh)
    login = Login.objects.select_related("user").filter(pk=login_id).first()
    if login is None or not holds(login):
        raise refusal
    now = timezone.now()
    lasts = min(now + settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"], login.created_at + LONGEST)
    used = Login.objects.filter(pk=login.pk, counter=counter, ended_at=None).update(
        counter=F("counter") + 1, refreshed_at=Now(), expires_at=lasts
    )
    if not used:
        end_login(login.pk)
        raise refusal
    login.counter = counter + 1
    return _pair(login, login.user)


def end_login(login_id: UUID) -> None:
    """End one login: none of its tokens lets in any more."""
    Login.objects.filter(pk=login_id, ended_at=None).update(ended_at=Now())


def end_by_refresh(*, refresh: str) -> None:
    """End the login that a refresh token belongs to, used or not."""
    login_id, _ = _read_refresh(refresh)
    end_login(login_id)


def holds(login: Login) -> bool:
    """Whether a login still stands: not ended, its person active, the password the same."""
    return login.user.is_active and stands(
        login.stamp, login.user.password, login.ended_at, login.expires_at
    )


def stands(stamp: str, password: str, ended_at: datetime | None, expires_at: datetime) -> bool:
    """The same, of what its row and its person's say; `password` as it is kept, hashed."""
    return (
        ended_at is None
        and expires_at > timezone.now()
        and hmac.compare_digest(stamp, stamp_of(password))
    )


def stamp_of(password: str) -> str:
    """A mark of a password, as it is kept, that tells whether it is still the same one."""
    return salted_hmac("accounts.login", password, algorithm="sha256").hexdigest()


def login_of_access(token: str) -> UUID:
    """The login that an access token names. Raises NotAuthenticated.

    A signature that was found good is not looked at again; whether the login still stands is
    asked of the database each time.
    """
    seen = _seen.get(token)
    if seen is not None and seen[1] > time.time():
        return seen[0]
    try:
        claims = AccessToken(token)  # type: ignore[arg-type]
        login_id, expires = UUID(claims["login"]), float(claims["exp"])
    except (TokenError, KeyError, ValueError, TypeError) as error:
        raise NotAuthenticated("This token is not valid or has expired.") from error
    if len(_seen) >= _MOST_SEEN:
        _seen.clear()
    _seen[token] = (login_id, expires)
    return login_id


def _read_refresh(token: str) -> tuple[UUID, int]:
    try:
        claims = RefreshToken(token)  # type: ignore[arg-type]
        return UUID(claims["login"]), int(claims["counter"])
    except (TokenError, KeyError, ValueError, TypeError) as error:
        raise NotAuthenticated("This token is not valid. Sign in again.") from error


def _pair(login: Login, user: User) -> Tokens:
    refresh = RefreshToken()
    refresh["login"], refresh["counter"] = str(login.pk), login.counter
    access = AccessToken()
    access["login"], access["user_id"] = str(login.pk), str(user.pk)
    return Tokens(str(access), str(refresh), user)
