"""Verbs on people: their accounts, whatever workspace they are in."""

import hashlib
from zoneinfo import available_timezones

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Actor, User
from core.errors import Invalid


def digest(secret: str) -> str:
    """What is kept of a secret that is long and random by itself (SHA-256, hex)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create_user(*, username: str, email: str, password: str, name: str = "") -> User:
    """A new person. Raises Invalid naming the field that cannot be taken."""
    username, email = username.strip(), email.strip().lower()
    user = User(username=username, email=email, first_name=name.strip()[:150])
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password") from error
    user.set_password(password)
    return _saved(user)


def create_user_without_password(
    *, username: str, email: str, name: str = "", active: bool = True
) -> User:
    """A person who cannot sign in until somebody has given them a password."""
    user = User(username=username.strip(), email=email.strip().lower(), is_active=active)
    user.first_name = name.strip()[:150]
    user.set_unusable_password()
    return _saved(user)


def _saved(user: User) -> User:
    try:
        user.full_clean()
        with transaction.atomic():
            user.save()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        field = "email" if field == "__all__" else field
        raise Invalid(" ".join(messages), field=field) from error
    except IntegrityError as error:
        raise Invalid("That name or e-mail address is taken.", field="username") from error
    return user


def login_name(text: str) -> str:
    """The user name of whoever signs in with it or with their e-mail address.

    What belongs to nobody is returned as it is, so that a stranger cannot tell it apart.
    """
    text = text.strip()
    if "@" in text:
        found = User.objects.filter(email__iexact=text).values_list("username", flat=True).first()
        return found or text
    return text


@transaction.atomic
def edit_profile(*, user: User, name: str, email: str, timezone: str) -> User:
    """Change what a person says of themselves. Their name changes in every workspace."""
    name = " ".join(name.split())[:80]
    if timezone not in available_timezones():
        raise Invalid(f"There is no time zone “{timezone}”.", field="timezone")
    user.first_name, user.last_name = name, ""
    user.email, user.timezone = email.strip().lower(), timezone
    try:
        user.full_clean()
        with transaction.atomic():
            user.save(update_fields=["first_name", "last_name", "email", "timezone"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Invalid(" ".join(messages), field="email" if field == "__all__" else field) from error
    except IntegrityError as error:
        raise Invalid("That e-mail address is taken.", field="email") from error
    Actor.objects.filter(membership__user=user).update(name=name or user.get_username())
    return user


@transaction.atomic
def change_password(*, user: User, old: str, new: str) -> User:
    """Set another password. Every other session and token of the person ends by that."""
    if not user.check_password(old):
        raise Invalid("That is not your present password.", field="old")
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="new") from error
    user.set_password(new)
    user.save(update_fields=["password"])
    return user
