"""Verbs on people, workspaces and actors.

They stand below the log, so those that belong in it are recorded by their callers.
"""

import hashlib
import re
import secrets
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import HANDLE, Actor, Invitation, Membership, User, Workspace
from core.errors import Conflict, Invalid, NotFound

SYSTEM_HANDLE = "mission-control"
FIRST_ACCOUNT_LINK_AGE = timedelta(hours=24)
RESERVED_HANDLES = {SYSTEM_HANDLE, "all", "everyone", "here", "me", "new", "none"}


def digest(secret: str) -> str:
    """What is kept of a secret that is long and random by itself (SHA-256, hex)."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def create_workspace(*, name: str, owner: User) -> Membership:
    """A new workspace with its system actor and `owner` as its owner."""
    name = name.strip()
    if not name:
        raise Invalid("A workspace needs a name.", field="name")
    workspace = Workspace.objects.create(name=name[:80], slug=_free_slug(name))
    Actor.objects.create(
        workspace=workspace, kind=Actor.Kind.SYSTEM, handle=SYSTEM_HANDLE, name="Mission Control"
    )
    return add_member(workspace=workspace, user=owner, role=Membership.Role.OWNER)


@transaction.atomic
def add_member(*, workspace: Workspace, user: User, role: str) -> Membership:
    """Make `user` a member of `workspace`, with an actor of their own there."""
    if role not in Membership.Role.values:
        raise Invalid(f"There is no role “{role}”.", field="role")
    if Membership.objects.filter(user=user, workspace=workspace).exists():
        raise Conflict(f"{user} is a member already.", field="user")
    name = user.get_full_name() or user.get_username()
    actor = create_actor(
        workspace=workspace, kind=Actor.Kind.MEMBER, name=name, handle=user.get_username()
    )
    return Membership.objects.create(user=user, workspace=workspace, role=role, actor=actor)


def create_actor(*, workspace: Workspace, kind: str, name: str, handle: str = "") -> Actor:
    """A new actor; the handle is made fit and free, from the name if none is given."""
    if not name.strip():
        raise Invalid("A name is needed.", field="name")
    free = free_handle(workspace, handle or name)
    return Actor.objects.create(workspace=workspace, kind=kind, name=name.strip()[:80], handle=free)


def free_handle(workspace: Workspace, wanted: str) -> str:
    """`wanted` as a handle, with a number behind it when somebody has it already."""
    base = re.sub(r"[^a-z0-9_-]+", "-", slugify(wanted) or "someone").strip("-_")[:34] or "someone"
    taken = set(
        Actor.objects.filter(workspace=workspace, handle__startswith=base).values_list(
            "handle", flat=True
        )
    )
    taken |= RESERVED_HANDLES
    handle, count = base, 1
    while handle in taken:
        count += 1
        handle = f"{base}-{count}"
    HANDLE(handle)
    return handle


def system_actor(workspace: Workspace) -> Actor:
    """The actor in whose name the house itself acts."""
    return Actor.objects.get(workspace=workspace, kind=Actor.Kind.SYSTEM)


def create_user(*, username: str, email: str, password: str, name: str = "") -> User:
    """A new person. Raises Invalid naming the field that cannot be taken."""
    username, email = username.strip(), email.strip().lower()
    user = User(username=username, email=email, first_name=name.strip()[:150])
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password") from error
    user.set_password(password)
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


# --- the first account ----------------------------------------------------------------


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


@transaction.atomic
def ensure_first_workspace() -> Workspace:
    """The workspace of a fresh installation, made when there is none yet."""
    workspace = Workspace.objects.order_by("created_at").first()
    if workspace is None:
        workspace = Workspace.objects.create(name="Mission Control", slug="mission-control")
        Actor.objects.create(
            workspace=workspace,
            kind=Actor.Kind.SYSTEM,
            handle=SYSTEM_HANDLE,
            name="Mission Control",
        )
    return workspace


def _free_slug(name: str) -> str:
    base = slugify(name)[:40] or "workspace"
    slug, count = base, 1
    while Workspace.objects.filter(slug=slug).exists():
        count += 1
        slug = f"{base}-{count}"
    return slug
