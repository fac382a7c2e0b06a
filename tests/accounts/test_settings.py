"""The settings on screen."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import actions
from accounts.keys import authenticate_key, create_api_key
from accounts.models import ApiKey, Invitation, Membership, User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

PAGES = ["settings", "workspace", "members", "keys"]


@pytest.fixture
def screen(client: Client, alice: Membership) -> Client:
    client.force_login(alice.user)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_every_role_can_read_its_settings(
    client: Client, alice: Membership, bob: Membership, viewer: Membership, page: str
) -> None:
    for member in (alice, bob, viewer):
        client.force_login(member.user)
        assert client.get(reverse(f"accounts:{page}")).status_code == 200


def test_the_pages_ask_as_much_for_200_rows_as_for_one(screen: Client, alice: Membership) -> None:
    counts: dict[str, list[int]] = {"members": [], "keys": []}
    # Warm: the session and its user.
    screen.get(reverse("accounts:settings"))
    for total in (1, 3, 200):
        while Membership.objects.count() < total:
            name = f"m{Membership.objects.count()}"
            user = User.objects.create(username=name, email=f"{name}@example.org")
            actions.add_member(workspace=alice.workspace, user=user, role="member")
            Invitation.objects.create(
                workspace=alice.workspace,
                digest=name,
                created_by=alice.actor,
                expires_at="2999-01-01T00:00Z",
            )
            ApiKey.objects.create(
                actor=alice.actor, name=name, prefix="a", digest=name, created_by=alice.actor
            )
        for page, seen in counts.items():
            with CaptureQueriesContext(connection) as asked:
                screen.get(reverse(f"accounts:{page}"))
            seen.append(len(asked))

    for page, seen in counts.items():
        assert seen[0] == seen[1] == seen[2], (page, seen)


def test_the_profile_is_saved(screen: Client, alice: Membership) -> None:
    form = {"name": "Alice Amsel", "email": "a@example.org", "timezone": "Europe/Berlin"}

    assert screen.post(reverse("accounts:settings"), form).status_code == 302

    alice.user.refresh_from_db()
    assert alice.user.timezone == "Europe/Berlin"
    assert "Alice Amsel" in screen.get(reverse("accounts:settings")).content.decode()


def test_a_new_password_keeps_this_session_and_ends_the_others(
    screen: Client, alice: Membership
) -> None:
    other = Client()
    other.force_login(alice.user)

    screen.post(reverse("accounts:password"), {"old": PASSWORD, "new": "quiet-river-stone"})

    assert screen.get(reverse("accounts:settings")).status_code == 200
    assert other.get(reverse("accounts:settings")).status_code == 302


def test_a_wrong_password_is_named_at_its_field(screen: Client) -> None:
    answer = screen.post(reverse("accounts:password"), {"old": "no", "new": "quiet-river-stone"})

    assert answer.status_code == 422
    assert "not your present password" in answer.content.decode()


def test_the_link_of_an_invitation_is_shown_once_and_works(screen: Client) -> None:
    page = screen.post(reverse("accounts:members"), {"role": "member"}).content.decode()

    link = page.split('data-copy="')[1].split('"')[0]
    assert Client().get(link).status_code == 200
    assert link not in screen.get(reverse("accounts:members")).content.decode()


def test_the_text_of_a_key_is_shown_once_and_works(screen: Client, alice: Membership) -> None:
    form = {"name": "CI", "scopes": ["read", "write"], "age": "90"}
    page = screen.post(reverse("accounts:keys"), form).content.decode()

    text = page.split('data-copy="')[1].split('"')[0]
    key = authenticate_key(text)
    assert key.actor == alice.actor
    assert key.expires_at
    assert text not in screen.get(reverse("accounts:keys")).content.decode()


def test_a_key_page_that_holds_a_secret_is_not_kept_by_the_browser(screen: Client) -> None:
    answer = screen.post(reverse("accounts:keys"), {"name": "CI", "scopes": "read", "age": "0"})

    assert "no-store" in answer.headers["Cache-Control"]


def test_members_see_their_own_keys_alone(
    client: Client, alice: Membership, bob: Membership
) -> None:
    create_api_key(actor=alice.actor, name="Secret project")
    client.force_login(bob.user)

    assert "Secret project" not in client.get(reverse("accounts:keys")).content.decode()


def test_roles_are_changed_and_members_removed(screen: Client, bob: Membership) -> None:
    screen.post(reverse("accounts:role", args=[bob.pk]), {"role": "viewer"})
    bob.refresh_from_db()
    assert bob.role == "viewer"

    screen.post(reverse("accounts:remove", args=[bob.pk]))
    assert not Membership.objects.filter(pk=bob.pk).exists()


@pytest.mark.parametrize("name", ["role", "remove"])
def test_members_of_others_are_not_there(screen: Client, charlie: Membership, name: str) -> None:
    answer = screen.post(reverse(f"accounts:{name}", args=[charlie.pk]), {"role": "viewer"})

    assert answer.status_code == 404
    charlie.refresh_from_db()
    assert charlie.role == "owner"


def test_whoever_leaves_is_out(client: Client, bob: Membership) -> None:
    client.force_login(bob.user)

    client.post(reverse("accounts:leave"))

    assert "You are in no workspace" in client.get("/", follow=True).content.decode()


def test_a_new_workspace_comes_with_its_agents(screen: Client, alice: Membership) -> None:
    screen.post(reverse("dashboard:new_workspace"), {"name": "Second"})

    second = alice.user.memberships.get(workspace__name="Second").workspace
    handles = second.agents.values_list("actor__handle", flat=True)
    assert set(handles) == {"orchestrator", "technical", "qa"}
    assert "Second" in screen.get("/").content.decode()
