"""The first account of a fresh installation, by a one-time link."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.actions.joining import add_member
from accounts.actions.people import create_user, digest
from accounts.models import Invitation, Membership, User, Workspace
from core.errors import NotFound

FIRST_ACCOUNT_LINK_AGE = timedelta(hours=24)


def first_account_link() -> str | None:
    """The path of a fresh one-time link that makes the first account, or None if there is one.

    Each call makes the earlier link void.
    """
    if User.objects.filter(is_active=True).exists():
        return None
    token = secrets.token_urlsafe(24)
    Invitation.objects.filter(workspace=None, used_at=None).delete()
    Invitation.objects.create(
        role=Membership.Role.OWNER,
        digest=digest(token),
        expires_at=timezone.now() + FIRST_ACCOUNT_LINK_AGE,
    )
    return f"/setup/{token}/"


def open_invitation(token: str) -> Invitation:
    """The invitation behind `token`. Raises NotFound when it is used, expired or unknown."""
    invitation = Invitation.objects.filter(
        digest=digest(token), used_at=None, expires_at__gt=timezone.now()
    ).first()
    if invitation is None:
        raise NotFound("This link has been used or has expired.", code="link_expired")
    return invitation


@transaction.atomic
def create_first_account(
    *, token: str, username: str, email: str, password: str, workspace: Workspace
) -> Membership:
    """Use up the one-time link: the first person, who owns `workspace` and the admin."""
    invitation = open_invitation(token)
    if invitation.workspace_id is not None:
        raise NotFound("This link is not for the first account.", code="link_expired")
    used = Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=timezone.now())
    if not used:
        raise NotFound("This link has been used or has expired.", code="link_expired")
    return make_owner(username=username, email=email, password=password, workspace=workspace)


@transaction.atomic
def make_owner(*, username: str, email: str, password: str, workspace: Workspace) -> Membership:
    """A new person who owns `workspace` and may use the admin."""
    user = create_user(username=username, email=email, password=password)
    user.is_staff = user.is_superuser = True
    user.save(update_fields=["is_staff", "is_superuser"])
    return add_member(workspace=workspace, user=user, role=Membership.Role.OWNER)
