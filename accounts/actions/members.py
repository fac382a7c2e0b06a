"""Verbs on members: invite, join, change roles, part."""

import secrets
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import journal
from accounts.actions.first import open_invitation
from accounts.actions.joining import add_member
from accounts.actions.people import create_user, digest
from accounts.models import Actor, ApiKey, Invitation, Membership, User, Workspace
from accounts.roles import require, role_of
from core.errors import Conflict, Forbidden, Invalid, LimitReached, NotFound

INVITATION_AGE = timedelta(days=7)
MAX_OPEN_INVITATIONS = 200
OWNER = Membership.Role.OWNER


@transaction.atomic
def invite_member(
    *, actor: Actor, role: str = Membership.Role.MEMBER, email: str = ""
) -> tuple[Invitation, str]:
    """A link by which one person can join within a week. Returns it with its token.

    The token is known now and never again: only its hash is kept.
    """
    require(actor, "members")
    _may_give(actor, role)
    open_ones = Invitation.objects.filter(
        workspace=actor.workspace, used_at=None, expires_at__gt=timezone.now()
    )
    if open_ones.count() >= MAX_OPEN_INVITATIONS:
        raise LimitReached("There are too many open invitations; withdraw some first.")
    token = secrets.token_urlsafe(24)
    invitation = Invitation.objects.create(
        workspace=actor.workspace,
        role=role,
        email=email.strip().lower(),
        digest=digest(token),
        created_by=actor,
        expires_at=timezone.now() + INVITATION_AGE,
    )
    journal.note(
        actor=actor,
        verb="member.invited",
        message=f"made an invitation to join as {role}",
        data={"role": role},
    )
    return invitation, token


@transaction.atomic
def withdraw_invitation(*, actor: Actor, invitation: Invitation) -> None:
    """Make an invitation void."""
    require(actor, "members")
    if invitation.workspace_id != actor.workspace_id:
        raise NotFound("There is no such invitation.")
    if Invitation.objects.filter(pk=invitation.pk, used_at=None).delete()[0]:
        journal.note(actor=actor, verb="member.uninvited", message="withdrew an invitation to join")


@transaction.atomic
def accept_invitation(*, token: str, user: User) -> Membership:
    """Use up an invitation: `user` becomes a member with the role that it names."""
    invitation = open_invitation(token)
    workspace = invitation.workspace
    if workspace is None:
        raise NotFound("This link is for the first account.", code="link_expired")
    if Membership.objects.filter(user=user, workspace=workspace).exists():
        raise Conflict(f"You are a member of {workspace.name} already.", code="member_already")
    used = Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=timezone.now())
    if not used:
        raise NotFound("This link has been used or has expired.", code="link_expired")
    membership = add_member(workspace=workspace, user=user, role=invitation.role)
    journal.note(
        actor=membership.actor,
        verb="member.joined",
        message=f"joined as {membership.role}",
        data={"role": membership.role},
    )
    return membership


@transaction.atomic
def join_with_new_account(
    *, token: str, username: str, email: str, password: str, name: str = ""
) -> Membership:
    """Accept an invitation as somebody who has no account yet."""
    open_invitation(token)
    user = create_user(username=username, email=email, password=password, name=name)
    return accept_invitation(token=token, user=user)


@transaction.atomic
def change_role(*, actor: Actor, membership: Membership, role: str) -> Membership:
    """Give a member another role. Only owners make or unmake owners; one always remains."""
    require(actor, "members")
    held = _held(actor, membership)
    if held.role == role:
        return held
    _may_give(actor, role)
    _may_touch(actor, held)
    if held.role == OWNER:
        _not_the_last_owner(held)
    held.role = role
    held.save(update_fields=["role"])
    journal.note(
        actor=actor,
        verb="member.role_changed",
        message=f"made @{held.actor.handle} {role}",
        data={"member": str(held.pk), "role": role},
    )
    return held


@transaction.atomic
def remove_member(*, actor: Actor, membership: Membership) -> None:
    """Take somebody out of the workspace; their keys end. What they did keeps their name."""
    require(actor, "members")
    held = _held(actor, membership)
    _may_touch(actor, held)
    _part(held)
    journal.note(
        actor=actor,
        verb="member.removed",
        message=f"removed @{held.actor.handle} from the workspace",
    )


@transaction.atomic
def leave_workspace(*, actor: Actor) -> None:
    """Go. The last owner hands the workspace over first."""
    membership = _own(actor)
    _part(membership)
    journal.note(actor=actor, verb="member.left", message="left the workspace")


@transaction.atomic
def transfer_ownership(*, actor: Actor, to: Membership) -> Membership:
    """Make another member an owner and oneself an admin, in one step."""
    require(actor, "workspace")
    mine, theirs = _own(actor), _held(actor, to)
    if theirs.pk == mine.pk:
        raise Invalid("You own it already.", field="member")
    theirs.role, mine.role = OWNER, Membership.Role.ADMIN
    theirs.save(update_fields=["role"])
    mine.save(update_fields=["role"])
    journal.note(
        actor=actor,
        verb="workspace.transferred",
        message=f"handed the workspace over to @{theirs.actor.handle}",
        data={"to": str(theirs.actor_id)},
    )
    return theirs


def switch_workspace(*, user: User, workspace: UUID | None) -> Workspace:
    """The workspace of that id, if the person is a member of it. Raises NotFound.

    Which one is looked at is kept in the session, by the caller.
    """
    found = (
        Membership.objects.filter(user=user, workspace=workspace, actor__active=True)
        .select_related("workspace")
        .first()
    )
    if found is None:
        raise NotFound("There is no such workspace.")
    return found.workspace


def _held(actor: Actor, membership: Membership) -> Membership:
    # The workspace's row, so that two owners cannot unmake each other at once.
    Workspace.objects.select_for_update().get(pk=actor.workspace_id)
    found = (
        Membership.objects.select_related("actor", "user")
        .filter(pk=membership.pk, workspace=actor.workspace_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such member.")
    return found


def _own(actor: Actor) -> Membership:
    own = Membership.objects.filter(actor=actor).first()
    if own is None:
        raise Forbidden("Only people are members.")
    return _held(actor, own)


def _may_give(actor: Actor, role: str) -> None:
    if role not in Membership.Role.values:
        raise Invalid(f"There is no role “{role}”.", field="role")
    if role == OWNER and role_of(actor) not in (OWNER, Actor.Kind.SYSTEM):
        raise Forbidden("Only an owner can make somebody an owner.", field="role")


def _may_touch(actor: Actor, membership: Membership) -> None:
    if membership.role == OWNER and role_of(actor) not in (OWNER, Actor.Kind.SYSTEM):
        raise Forbidden("Only an owner can change or remove an owner.")


def _not_the_last_owner(membership: Membership) -> None:
    others = Membership.objects.filter(workspace=membership.workspace_id, role=OWNER)
    if not others.exclude(pk=membership.pk).exists():
        raise Conflict(
            "A workspace needs an owner: make somebody else an owner first.", code="last_owner"
        )


def _part(membership: Membership) -> None:
    if membership.role == OWNER:
        _not_the_last_owner(membership)
    now = timezone.now()
    ApiKey.objects.filter(actor=membership.actor_id, revoked_at=None).update(revoked_at=now)
    Actor.objects.filter(pk=membership.actor_id).update(active=False)
    membership.delete()
