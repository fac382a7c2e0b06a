"""Becoming a member of a workspace."""

from django.db import transaction

from accounts.actions.actors import create_actor
from accounts.models import Actor, Membership, User, Workspace
from core.errors import Conflict, Invalid


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
