"""Inviting, joining, changing roles and parting."""

import pytest
from django.utils import timezone

from accounts import actions
from accounts.keys import authenticate_key, create_api_key
from accounts.models import Invitation, Membership
from activity.models import Activity
from core.errors import Conflict, Forbidden, MCError, NotFound

pytestmark = pytest.mark.django_db


def test_an_invitation_brings_somebody_in_once(alice: Membership, charlie: Membership) -> None:
    _, token = actions.invite_member(actor=alice.actor, role="admin")

    member = actions.accept_invitation(token=token, user=charlie.user)

    assert (member.workspace, member.role) == (alice.workspace, "admin")
    with pytest.raises(NotFound):
        actions.accept_invitation(token=token, user=charlie.user)


def test_an_invitation_can_make_the_account_too(alice: Membership) -> None:
    _, token = actions.invite_member(actor=alice.actor)

    member = actions.join_with_new_account(
        token=token, username="dora", email="dora@example.org", password="quiet-river-stone"
    )

    assert member.user.check_password("quiet-river-stone")
    assert member.role == "member"


def test_a_refused_account_leaves_the_invitation_open(alice: Membership) -> None:
    _, token = actions.invite_member(actor=alice.actor)

    with pytest.raises(MCError):
        actions.join_with_new_account(
            token=token, username="dora", email="dora@example.org", password="12345678"
        )

    assert actions.open_invitation(token).used_at is None


def test_only_a_hash_of_the_token_is_kept(alice: Membership) -> None:
    invitation, token = actions.invite_member(actor=alice.actor)

    assert token not in str(Invitation.objects.filter(pk=invitation.pk).values().get())


def test_an_expired_invitation_leads_nowhere(alice: Membership, charlie: Membership) -> None:
    invitation, token = actions.invite_member(actor=alice.actor)
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now())

    with pytest.raises(NotFound):
        actions.accept_invitation(token=token, user=charlie.user)


def test_a_withdrawn_invitation_leads_nowhere(alice: Membership, charlie: Membership) -> None:
    invitation, token = actions.invite_member(actor=alice.actor)
    actions.withdraw_invitation(actor=alice.actor, invitation=invitation)

    with pytest.raises(NotFound):
        actions.accept_invitation(token=token, user=charlie.user)


def test_a_member_may_not_invite(bob: Membership) -> None:
    with pytest.raises(Forbidden):
        actions.invite_member(actor=bob.actor)


def test_an_admin_makes_no_owner_and_unmakes_none(alice: Membership, bob: Membership) -> None:
    actions.change_role(actor=alice.actor, membership=bob, role="admin")
    admin = Membership.objects.select_related("actor").get(pk=bob.pk).actor

    with pytest.raises(Forbidden):
        actions.invite_member(actor=admin, role="owner")
    with pytest.raises(Forbidden):
        actions.change_role(actor=admin, membership=bob, role="owner")
    with pytest.raises(Forbidden):
        actions.change_role(actor=admin, membership=alice, role="member")
    with pytest.raises(Forbidden):
        actions.remove_member(actor=admin, membership=alice)


def test_one_owner_always_remains(alice: Membership) -> None:
    with pytest.raises(Conflict):
        actions.change_role(actor=alice.actor, membership=alice, role="member")
    with pytest.raises(Conflict):
        actions.leave_workspace(actor=alice.actor)


def test_the_workspace_is_handed_over_in_one_step(alice: Membership, bob: Membership) -> None:
    actions.transfer_ownership(actor=alice.actor, to=bob)

    roles = dict(Membership.objects.values_list("user__username", "role"))
    assert roles == {"alice": "admin", "bob": "owner"}


def test_whoever_leaves_loses_access_and_keys_but_not_their_name(
    alice: Membership, bob: Membership
) -> None:
    _, key = create_api_key(actor=bob.actor, name="Mine")

    actions.leave_workspace(actor=bob.actor)

    bob.actor.refresh_from_db()
    assert not bob.actor.active
    assert bob.actor.name == "bob"
    assert not Membership.objects.filter(user=bob.user).exists()
    with pytest.raises(MCError):
        authenticate_key(key)


def test_members_of_other_workspaces_are_not_there(alice: Membership, charlie: Membership) -> None:
    with pytest.raises(NotFound):
        actions.change_role(actor=alice.actor, membership=charlie, role="member")
    with pytest.raises(NotFound):
        actions.remove_member(actor=alice.actor, membership=charlie)
    with pytest.raises(NotFound):
        actions.transfer_ownership(actor=alice.actor, to=charlie)
    with pytest.raises(NotFound):
        actions.switch_workspace(user=alice.user, workspace=charlie.workspace_id)


def test_what_happens_to_members_stands_in_the_log(alice: Membership, bob: Membership) -> None:
    actions.change_role(actor=alice.actor, membership=bob, role="viewer")
    actions.remove_member(actor=alice.actor, membership=bob)

    verbs = Activity.objects.filter(workspace=alice.workspace).order_by("number")
    assert list(verbs.values_list("verb", "message"))[-2:] == [
        ("member.role_changed", "made @bob viewer"),
        ("member.removed", "removed @bob from the workspace"),
    ]


def test_a_change_that_is_undone_leaves_no_entry(alice: Membership) -> None:
    before = Activity.objects.count()

    with pytest.raises(Conflict):
        actions.change_role(actor=alice.actor, membership=alice, role="viewer")

    assert Activity.objects.count() == before


def test_a_new_name_is_the_same_in_every_workspace(alice: Membership, charlie: Membership) -> None:
    _, token = actions.invite_member(actor=charlie.actor)
    there = actions.accept_invitation(token=token, user=alice.user)

    actions.edit_profile(
        user=alice.user, name="Alice Amsel", email="alice@example.org", timezone="Europe/Berlin"
    )

    for actor in (alice.actor, there.actor):
        actor.refresh_from_db()
        assert actor.name == "Alice Amsel"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("timezone", {"timezone": "Mars/Olympus"}),
        ("email", {"email": "not an address"}),
        ("email", {"email": "BOB@example.org"}),
    ],
)
def test_a_profile_that_cannot_be_taken_names_the_field(
    alice: Membership, bob: Membership, field: str, values: dict[str, str]
) -> None:
    said = {"name": "Alice", "email": "alice@example.org", "timezone": "UTC", **values}

    with pytest.raises(MCError) as refusal:
        actions.edit_profile(user=alice.user, **said)

    assert refusal.value.field == field


def test_a_password_needs_the_present_one(alice: Membership) -> None:
    with pytest.raises(MCError) as refusal:
        actions.change_password(user=alice.user, old="wrong", new="quiet-river-stone")

    assert refusal.value.field == "old"
