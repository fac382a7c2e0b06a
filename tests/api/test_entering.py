"""Signing in, staying in, getting out."""

import pytest
from django.test import override_settings

from accounts.models import Login, Membership, User
from tests.api.client import Program
from tests.conftest import PASSWORD


def log_in(program: Program, name: str = "alice", password: str = PASSWORD) -> dict[str, str]:
    reply = program.post("auth/login", {"username": name, "password": password})
    assert reply.status == 200, reply
    body: dict[str, str] = reply.body
    return body


def test_a_name_and_a_password_bring_tokens(alice: Membership, nobody: Program) -> None:
    pair = log_in(nobody)
    me = Program(f"Bearer {pair['access']}").get("auth/me")
    assert me.status == 200
    assert me.body["user"]["username"] == "alice"
    assert me.body["role"] == "owner"
    assert me.body["workspace"]["slug"] == "harbour"


def test_the_e_mail_address_serves_as_the_name(alice: Membership, nobody: Program) -> None:
    assert log_in(nobody, "Alice@example.org")["user"]


def test_a_wrong_password_and_an_unknown_name_look_the_same(
    alice: Membership, nobody: Program
) -> None:
    wrong = nobody.post("auth/login", {"username": "alice", "password": "not-it-at-all"})
    unknown = nobody.post("auth/login", {"username": "nobody", "password": "not-it-at-all"})
    assert wrong.status == unknown.status == 401
    for reply in (wrong, unknown):
        reply.body["error"].pop("request_id")
    assert wrong.body == unknown.body


def test_a_refresh_token_is_good_once_and_its_second_use_ends_the_login(
    alice: Membership, nobody: Program
) -> None:
    first = log_in(nobody)
    second = nobody.post("auth/refresh", {"refresh": first["refresh"]}).body
    assert Program(f"Bearer {second['access']}").get("auth/me").status == 200

    assert nobody.post("auth/refresh", {"refresh": first["refresh"]}).status == 401
    assert nobody.post("auth/refresh", {"refresh": second["refresh"]}).status == 401
    assert Program(f"Bearer {second['access']}").get("auth/me").status == 401


def test_logging_out_ends_both_tokens(alice: Membership, nobody: Program) -> None:
    pair = log_in(nobody)
    signed_in = Program(f"Bearer {pair['access']}")
    assert signed_in.post("auth/logout", {"refresh": pair["refresh"]}).status == 204
    assert signed_in.get("auth/me").status == 401
    assert nobody.post("auth/refresh", {"refresh": pair["refresh"]}).status == 401


def test_another_password_ends_every_login_and_brings_a_new_one(
    alice: Membership, nobody: Program
) -> None:
    pair, other = log_in(nobody), log_in(nobody)
    signed_in = Program(f"Bearer {pair['access']}")
    refused = signed_in.post("auth/password", {"old": "wrong-one", "new": "another-horse-1"})
    assert (refused.status, refused.code) == (403, "wrong_password")

    reply = signed_in.post("auth/password", {"old": PASSWORD, "new": "another-horse-battery"})
    assert reply.status == 200
    assert signed_in.get("auth/me").status == 401
    assert Program(f"Bearer {other['access']}").get("auth/me").status == 401
    assert nobody.post("auth/refresh", {"refresh": other["refresh"]}).status == 401
    assert Program(f"Bearer {reply.body['access']}").get("auth/me").status == 200


def test_a_deactivated_person_is_out_and_stays_out_when_taken_back(
    alice: Membership, nobody: Program
) -> None:
    pair = log_in(nobody)
    user = User.objects.get(pk=alice.user_id)
    user.is_active = False
    user.save()
    signed_in = Program(f"Bearer {pair['access']}")
    assert signed_in.get("auth/me").status == 401
    assert nobody.post("auth/login", {"username": "alice", "password": PASSWORD}).status == 401

    user.is_active = True
    user.save()
    assert signed_in.get("auth/me").status == 401


def test_nothing_of_a_token_is_kept(alice: Membership, nobody: Program) -> None:
    pair = log_in(nobody)
    login = Login.objects.get()
    kept = " ".join(str(value) for value in vars(login).values())
    assert pair["access"] not in kept
    assert pair["refresh"] not in kept


@pytest.mark.django_db
def test_registration_opens_a_workspace_with_agents(nobody: Program) -> None:
    with override_settings(REGISTRATION_OPEN=True):
        reply = nobody.post(
            "auth/register",
            {
                "username": "dora",
                "email": "dora@example.org",
                "password": PASSWORD,
                "workspace": "Dora's",
            },
        )
    assert reply.status == 201, reply
    dora = Program(f"Bearer {reply.body['access']}")
    assert dora.get("auth/me").body["workspace"]["name"] == "Dora's"
    agents = dora.get("actors?kind=agent").body
    assert {row["handle"] for row in agents["results"]} == {"orchestrator", "technical", "qa"}


def test_registration_can_be_closed_and_an_invitation_still_works(
    as_alice: Program, nobody: Program
) -> None:
    person = {"username": "dora", "email": "dora@example.org", "password": PASSWORD}
    with override_settings(REGISTRATION_OPEN=False):
        refused = nobody.post("auth/register", person)
        assert (refused.status, refused.code) == (403, "registration_closed")

        link = as_alice.post("workspaces/current/invitations", {"role": "viewer"}).body
        reply = nobody.post("auth/register", {**person, "invitation": link["token"]})
    assert reply.status == 201, reply
    me = Program(f"Bearer {reply.body['access']}").get("auth/me").body
    assert (me["workspace"]["slug"], me["role"]) == ("harbour", "viewer")


def test_a_taken_name_is_named(alice: Membership, nobody: Program) -> None:
    with override_settings(REGISTRATION_OPEN=True):
        reply = nobody.post(
            "auth/register",
            {"username": "alice", "email": "other@example.org", "password": PASSWORD},
        )
    assert reply.status == 409
    assert "username" in reply.details
    assert User.objects.count() == 1


def test_unknown_fields_are_refused_by_name(alice: Membership, nobody: Program) -> None:
    reply = nobody.post("auth/login", {"username": "alice", "password": PASSWORD, "is_staff": True})
    assert reply.status == 400
    assert reply.details == {"is_staff": ["There is no such field."]}
