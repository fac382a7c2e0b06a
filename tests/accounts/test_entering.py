"""The ways in and out, as a browser takes them."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts import actions
from accounts.models import Membership, User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

NEW = {"username": "dora", "email": "dora@example.org", "password": "quiet-river-stone"}


@pytest.fixture
def link(db: None) -> str:
    """The one-time link of a fresh installation."""
    path = actions.first_account_link()
    assert path
    return path


def test_the_first_link_makes_the_owner_and_signs_them_in(client: Client, link: str) -> None:
    assert client.get(link).status_code == 200

    answer = client.post(link, NEW)

    assert answer.headers["Location"] == reverse("dashboard:welcome")
    member = Membership.objects.get()
    assert (member.role, member.user.username, member.user.is_superuser) == ("owner", "dora", True)
    assert client.get(reverse("dashboard:welcome")).status_code == 200


def test_the_first_link_works_once(client: Client, link: str) -> None:
    client.post(link, NEW)

    answer = Client().get(link)

    assert answer.status_code == 404
    assert "leads nowhere" in answer.content.decode()
    assert actions.first_account_link() is None


def test_a_form_that_is_refused_says_where_and_keeps_the_link(client: Client, link: str) -> None:
    answer = client.post(link, {**NEW, "password": "password"})

    assert answer.status_code == 422
    assert "too common" in answer.content.decode()
    assert client.get(link).status_code == 200
    assert not User.objects.exists()


def test_an_invitation_is_no_way_to_the_first_account(client: Client, alice: Membership) -> None:
    _, token = actions.invite_member(actor=alice.actor)

    assert client.get(reverse("accounts:set_up", args=[token])).status_code == 404


def test_the_first_link_is_no_way_into_a_workspace(client: Client, link: str) -> None:
    token = link.strip("/").split("/")[-1]

    assert client.get(reverse("accounts:join", args=[token])).status_code == 404


@pytest.mark.parametrize("name", ["alice", "alice@example.org", "ALICE@example.org"])
def test_one_signs_in_by_name_or_address(client: Client, alice: Membership, name: str) -> None:
    answer = client.post(reverse("accounts:login"), {"username": name, "password": PASSWORD})

    assert answer.status_code == 302
    assert client.get(reverse("accounts:settings")).status_code == 200


def test_a_stranger_hears_the_same_for_known_and_unknown_names(
    client: Client, alice: Membership
) -> None:
    wrong = {"password": "wrong-horse"}
    known = client.post(reverse("accounts:login"), {"username": "alice", **wrong})
    unknown = client.post(reverse("accounts:login"), {"username": "alicf", **wrong})

    assert known.status_code == unknown.status_code == 200
    strip = ("alice", "alicf")
    pages = [answer.content.decode() for answer in (known, unknown)]
    for name in strip:
        pages = [page.replace(name, "") for page in pages]
    without_token = [page.split("csrfmiddlewaretoken")[0] for page in pages]
    assert without_token[0] == without_token[1]


def test_guessing_is_locked_by_name_and_by_address_alike(client: Client, alice: Membership) -> None:
    for tries in range(8):
        name = "alice" if tries % 2 else "alice@example.org"
        answer = client.post(reverse("accounts:login"), {"username": name, "password": "guess"})

    assert answer.status_code == 429
    assert "Too many tries" in answer.content.decode()
    right = client.post(reverse("accounts:login"), {"username": "alice", "password": PASSWORD})
    assert right.status_code == 429


def test_one_comes_back_to_where_one_wanted_to_go(client: Client, alice: Membership) -> None:
    answer = client.get("/settings/keys/?a=1")
    assert answer.headers["Location"] == "/login/?next=%2Fsettings%2Fkeys%2F%3Fa%3D1"

    form = {"username": "alice", "password": PASSWORD, "next": "/settings/keys/?a=1"}
    assert client.post("/login/", form).headers["Location"] == "/settings/keys/?a=1"


def test_the_way_back_never_leads_elsewhere(client: Client, alice: Membership) -> None:
    form = {"username": "alice", "password": PASSWORD, "next": "https://evil.example/"}

    assert client.post("/login/", form).headers["Location"] == "/"


def test_one_signs_out_by_post_alone(client: Client, alice: Membership) -> None:
    client.force_login(alice.user)

    assert client.get(reverse("accounts:logout")).status_code == 405
    assert client.post(reverse("accounts:logout")).status_code == 302
    assert client.get("/settings/").status_code == 302


def test_somebody_new_joins_with_an_account(client: Client, alice: Membership) -> None:
    _, token = actions.invite_member(actor=alice.actor, role="viewer", email="dora@example.org")
    path = reverse("accounts:join", args=[token])

    assert "dora@example.org" in client.get(path).content.decode()
    assert client.post(path, NEW).status_code == 302

    member = Membership.objects.get(user__username="dora")
    assert (member.workspace, member.role) == (alice.workspace, "viewer")
    assert not member.user.is_staff


def test_somebody_known_joins_by_a_press(
    client: Client, alice: Membership, charlie: Membership
) -> None:
    _, token = actions.invite_member(actor=alice.actor)
    client.force_login(charlie.user)

    client.post(reverse("accounts:join", args=[token]))

    assert charlie.user.memberships.count() == 2
    # And looks at it right away.
    assert alice.workspace.name in client.get("/settings/workspace/").content.decode()
