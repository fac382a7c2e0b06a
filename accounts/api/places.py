"""Workspaces, who is in them, and how one comes and goes."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from rest_framework.response import Response

from accounts import actions
from accounts.endpoint import Endpoint
from accounts.furnishing import furnish
from accounts.models import Actor, Invitation, Membership
from accounts.roles import may
from accounts.serializers import (
    AcceptInput,
    ActorQuery,
    ActorRow,
    InvitationAnswer,
    InvitationInput,
    MemberAnswer,
    NewInvitationAnswer,
    PlaceAnswer,
    RoleInput,
    TransferInput,
    WorkspaceInput,
    actor_of,
    member_of,
    place_of,
)
from core.api.fields import ListQuery
from core.api.pages import ordered
from core.api.schema import SIGNED_IN, op
from core.errors import Forbidden


class Workspaces(Endpoint):
    tag = "workspaces"
    needs = {"GET": SIGNED_IN, "POST": SIGNED_IN}

    @op("listWorkspaces", query=ListQuery, page_of=PlaceAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """The workspaces one is in. X-Workspace: <slug> chooses among them."""
        caller = self.caller
        assert caller is not None
        rows = Membership.objects.filter(actor__active=True).select_related("workspace")
        if caller.user_id is None:
            here = [place_of(self.workspace, caller.role)]
            return {"count": 1, "next": None, "previous": None, "results": here}
        return self.page(
            rows.filter(user=caller.user_id).order_by("created_at"),
            lambda page: [place_of(one.workspace, one.role) for one in page],
            query,
        )

    @op("createWorkspace", takes=WorkspaceInput, gives=PlaceAnswer, status=201)
    def post(self, request: Any, data: dict[str, str]) -> Any:
        """Open another workspace, which one then owns. Not with a key."""
        if not settings.REGISTRATION_OPEN and not self.user.is_staff:
            raise Forbidden("Only the keepers of this installation open workspaces.")
        member = actions.create_workspace(name=data["name"], owner=self.user)
        furnish(member.workspace)
        member.workspace.refresh_from_db()
        return place_of(member.workspace, member.role)


class Current(Endpoint):
    tag = "workspaces"
    needs = {"GET": "read", "PATCH": "workspace"}
    logged = True

    @op("getWorkspace", gives=PlaceAnswer)
    def get(self, request: Any) -> Any:
        """The workspace at hand."""
        return place_of(self.workspace, self.caller.role if self.caller else "")

    @op("renameWorkspace", takes=WorkspaceInput, gives=PlaceAnswer)
    def patch(self, request: Any, data: dict[str, str]) -> Any:
        """Give the workspace another name; its slug stays."""
        actions.rename_workspace(actor=self.actor, name=data["name"])
        self.workspace.refresh_from_db()
        return place_of(self.workspace, self.caller.role if self.caller else "")


class Members(Endpoint):
    tag = "members"
    needs = {"GET": "read"}
    logged = True

    @op("listMembers", query=ListQuery, page_of=MemberAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """The people of the workspace and their roles."""
        rows = Membership.objects.filter(workspace=self.workspace).select_related("actor", "user")
        emails = may(self.actor, "members")
        return self.page(
            rows.order_by("created_at"),
            lambda page: [member_of(one, emails=emails) for one in page],
            query,
        )


class Member(Endpoint):
    tag = "members"
    needs = {"GET": "read", "PATCH": "members", "DELETE": "members"}
    logged = True

    @op("getMember", gives=MemberAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """One member."""
        return member_of(_member(self, id), emails=may(self.actor, "members"))

    @op("changeRole", takes=RoleInput, gives=MemberAnswer)
    def patch(self, request: Any, id: UUID, data: dict[str, str]) -> Any:
        """Give a member another role. Only owners make or unmake owners; one always remains."""
        member = actions.change_role(
            actor=self.actor, membership=_member(self, id), role=data["role"]
        )
        return member_of(member, emails=True)

    @op("removeMember", status=204)
    def delete(self, request: Any, id: UUID) -> Any:
        """Take somebody out of the workspace. Their keys end; what they did stays."""
        actions.remove_member(actor=self.actor, membership=_member(self, id))


class Invitations(Endpoint):
    tag = "members"
    needs = {"GET": "members", "POST": "members"}

    @op("listInvitations", query=ListQuery, page_of=InvitationAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """The invitations that nobody has used yet."""
        rows = _invitations(self).order_by("-created_at")
        return self.page(rows, lambda page: [_invitation_of(one) for one in page], query)

    @op("invite", takes=InvitationInput, gives=NewInvitationAnswer, status=201)
    def post(self, request: Any, data: dict[str, str]) -> Any:
        """A link by which one person can join within a week. It is told once, here."""
        invitation, token = actions.invite_member(
            actor=self.actor,
            role=data.get("role", Membership.Role.MEMBER),
            email=data.get("email", ""),
        )
        link = f"{settings.SITE_URL}/join/{token}/"
        answer = {**_invitation_of(invitation), "token": token, "link": link}
        return Response(answer, status=201)


class OneInvitation(Endpoint):
    tag = "members"
    needs = {"GET": "members", "DELETE": "members"}

    @op("getInvitation", gives=InvitationAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """One invitation, without its token."""
        return _invitation_of(self.fetch(_invitations(self), pk=id))

    @op("withdrawInvitation", status=204)
    def delete(self, request: Any, id: UUID) -> Any:
        """Make an invitation void."""
        invitation = self.fetch(_invitations(self), pk=id)
        actions.withdraw_invitation(actor=self.actor, invitation=invitation)


class Acceptance(Endpoint):
    tag = "members"
    needs = {"POST": SIGNED_IN}

    @op("acceptInvitation", takes=AcceptInput, gives=PlaceAnswer, status=201)
    def post(self, request: Any, data: dict[str, str]) -> Any:
        """Join the workspace of an invitation. Not with a key."""
        member = actions.accept_invitation(token=data["token"], user=self.user)
        member.workspace.refresh_from_db()
        return place_of(member.workspace, member.role)


class Leaving(Endpoint):
    tag = "workspaces"
    needs = {"POST": "account"}

    @op("leaveWorkspace", status=204)
    def post(self, request: Any) -> Any:
        """Go. The last owner hands the workspace over first."""
        actions.leave_workspace(actor=self.actor)


class Transfer(Endpoint):
    tag = "workspaces"
    needs = {"POST": "workspace"}

    @op("transferWorkspace", takes=TransferInput, gives=MemberAnswer)
    def post(self, request: Any, data: dict[str, UUID]) -> Any:
        """Make another member an owner and oneself an admin, in one step."""
        member = actions.transfer_ownership(actor=self.actor, to=_member(self, data["member"]))
        return member_of(member, emails=True)


class Actors(Endpoint):
    tag = "workspaces"
    needs = {"GET": "read"}
    logged = True

    @op("listActors", query=ActorQuery, page_of=ActorRow)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """Whoever can act here: people, agents and the house itself. Assignees are actors."""
        rows = Actor.objects.filter(workspace=self.workspace)
        if "kind" in query:
            rows = rows.filter(kind=query["kind"])
        if "active" in query:
            rows = rows.filter(active=query["active"])
        if words := query.get("search"):
            rows = rows.filter(Q(handle__icontains=words) | Q(name__icontains=words))
        return self.page(
            ordered(rows, dict(ActorQuery.orders), query["ordering"]),
            lambda page: [
                {**actor_of(one), "active": one.active, "created_at": one.created_at}
                for one in page
            ],
            query,
        )


def _member(endpoint: Endpoint, id: UUID) -> Membership:
    return endpoint.fetch(Membership.objects.select_related("actor", "user"), pk=id)


def _invitations(endpoint: Endpoint) -> Any:
    return Invitation.objects.filter(
        workspace=endpoint.workspace, used_at=None, expires_at__gt=timezone.now()
    )


def _invitation_of(invitation: Invitation) -> dict[str, Any]:
    return {
        "id": invitation.pk,
        "role": invitation.role,
        "email": invitation.email,
        "created_at": invitation.created_at,
        "expires_at": invitation.expires_at,
    }
