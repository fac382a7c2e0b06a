"""What this room takes from programs and gives to them."""

from typing import Any

from rest_framework import serializers

from accounts.models import Actor, ApiKey, Membership, User, Workspace
from accounts.roles import SCOPES
from core.api.fields import (
    ANY_TEXT,
    EXAMPLE_ID,
    Choice,
    Id,
    Input,
    ListQuery,
    Many,
    Moment,
    Text,
    ordering,
)
from core.api.schema import ActorAnswer, Answer

ROLES = [str(role) for role in Membership.Role.values]
USERNAME = r"^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,149}$"
EMAIL = (
    r"^[A-Za-z0-9_.+-]{1,60}@[A-Za-z0-9]([A-Za-z0-9-]{0,60}[A-Za-z0-9])?(\.[A-Za-z]{2,20}){1,3}$"
)


class EmailField(Text):
    """An address as nearly everybody has one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(pattern=EMAIL, max_length=200, **kwargs)


class Password(Text):
    """A password, from 8 characters on; how strong it must be is for the verb to say."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, min_length=8, pattern=ANY_TEXT, **kwargs)


# --- what is taken -------------------------------------------------------------------------


class LoginInput(Input):
    username = Text(max_length=254, help_text="The name or the e-mail address")
    password = Text(max_length=200)


class RegisterInput(Input):
    username = Text(max_length=150, pattern=USERNAME)
    email = EmailField()
    password = Password()
    name = Text(max_length=80, blank=True, required=False)
    workspace = Text(
        max_length=80, required=False, help_text="The name of the new workspace; not if invited"
    )
    invitation = Text(max_length=200, required=False, help_text="The token of an invitation")


class RefreshInput(Input):
    refresh = Text(max_length=2000)


class LogoutInput(Input):
    refresh = Text(max_length=2000, required=False, help_text="Ends the login of this token")
    example = {"refresh": "eyJhbGciOiJIUzI1NiJ9.…"}


class PasswordInput(Input):
    old = Text(max_length=200)
    new = Password()
    example = {"old": "correct-horse-battery", "new": "another-horse-battery"}


class ProfileInput(Input):
    name = Text(max_length=80, blank=True, required=False)
    email = EmailField(required=False)
    timezone = Text(max_length=64, required=False, help_text="Such as Europe/Berlin")
    example = {"name": "Alice Pilot", "timezone": "Europe/Berlin"}


class KeyInput(Input):
    name = Text(max_length=80, help_text="So that you know later what uses it")
    scopes = Many(Choice(choices=list(SCOPES)), min_length=1, max_length=4)
    agent = Id(required=False, allow_null=True, help_text="For this agent instead of yourself")
    expires_at = Moment(required=False, allow_null=True)


class WorkspaceInput(Input):
    name = Text(max_length=80)
    example = {"name": "Harbour"}


class RoleInput(Input):
    role = Choice(choices=ROLES)
    example = {"role": "viewer"}


class InvitationInput(Input):
    role = Choice(choices=ROLES, required=False)
    email = EmailField(required=False)
    example = {"role": "member"}


class AcceptInput(Input):
    token = Text(max_length=200)
    example = {"token": "Jx3…"}


class TransferInput(Input):
    member = Id(help_text="The member who becomes an owner")
    example = {"member": EXAMPLE_ID}


class ActorQuery(ListQuery):
    kind = Choice(choices=["member", "agent", "system"], required=False)
    active = serializers.BooleanField(required=False)
    search = Text(max_length=80, required=False, help_text="In the handle and the name")
    ordering, orders = ordering({"handle": "handle", "created_at": "created_at"}, "handle")


# --- what is given ---------------------------------------------------------------------------


class UserAnswer(Answer):
    id = serializers.UUIDField()
    username = serializers.CharField()
    email = serializers.CharField()
    name = serializers.CharField()
    timezone = serializers.CharField()


class TokensAnswer(Answer):
    access = serializers.CharField(help_text="For 15 minutes")
    refresh = serializers.CharField(help_text="For one use within 14 days")
    user = UserAnswer()


class PlaceAnswer(Answer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.CharField()
    role = serializers.ChoiceField(choices=[*ROLES, "agent"])
    halted = serializers.BooleanField()
    last_event = serializers.IntegerField(help_text="The number of the newest activity")
    created_at = serializers.DateTimeField()


class MeAnswer(Answer):
    user = UserAnswer(allow_null=True, help_text="null for an agent")
    actor = ActorAnswer(allow_null=True)
    role = serializers.CharField()
    permissions = serializers.ListField(child=serializers.CharField())
    workspace = PlaceAnswer(allow_null=True)
    workspaces = PlaceAnswer(many=True)


class KeyAnswer(Answer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    actor = ActorAnswer()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


class NewKeyAnswer(KeyAnswer):
    key = serializers.CharField(help_text="Shown now and never again")


class MemberAnswer(Answer):
    id = serializers.UUIDField()
    role = serializers.ChoiceField(choices=ROLES)
    actor = ActorAnswer()
    email = serializers.CharField(help_text="Empty unless you keep the members")
    created_at = serializers.DateTimeField()


class InvitationAnswer(Answer):
    id = serializers.UUIDField()
    role = serializers.ChoiceField(choices=ROLES)
    email = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class NewInvitationAnswer(InvitationAnswer):
    token = serializers.CharField(help_text="Shown now and never again")
    link = serializers.CharField()


class ActorRow(ActorAnswer):
    active = serializers.BooleanField()
    created_at = serializers.DateTimeField()


# --- how it is made --------------------------------------------------------------------------


def actor_of(actor: Actor) -> dict[str, Any]:
    return {"id": actor.pk, "handle": actor.handle, "name": actor.name, "kind": actor.kind}


def user_of(user: User) -> dict[str, Any]:
    return {
        "id": user.pk,
        "username": user.username,
        "email": user.email,
        "name": user.get_full_name(),
        "timezone": user.timezone,
    }


def place_of(workspace: Workspace, role: str) -> dict[str, Any]:
    return {
        "id": workspace.pk,
        "name": workspace.name,
        "slug": workspace.slug,
        "role": role,
        "halted": workspace.halted_at is not None,
        "last_event": workspace.last_event,
        "created_at": workspace.created_at,
    }


def key_of(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.pk,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": key.scopes,
        "actor": actor_of(key.actor),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
    }


def member_of(membership: Membership, *, emails: bool) -> dict[str, Any]:
    return {
        "id": membership.pk,
        "role": membership.role,
        "actor": actor_of(membership.actor),
        "email": membership.user.email if emails else "",
        "created_at": membership.created_at,
    }
