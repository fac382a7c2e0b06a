"""Who may see what: strangers, members, other workspaces."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import actions
from accounts.models import Membership
from tasks.actions import create_task

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def test_a_part_of_a_page_tells_a_stranger_to_reload(client: Client) -> None:
    answer = client.get("/settings/", headers=HTMX)

    assert answer.status_code == 401
    assert answer.content == b""


def test_somebody_without_a_workspace_is_told_so(client: Client, charlie: Membership) -> None:
    charlie.actor.active = False
    charlie.actor.save()
    client.force_login(charlie.user)

    answer = client.get("/", follow=True)

    assert "You are in no workspace" in answer.content.decode()


def test_one_looks_at_the_workspace_that_one_chose(
    client: Client, alice: Membership, charlie: Membership
) -> None:
    _, token = actions.invite_member(actor=charlie.actor)
    actions.accept_invitation(token=token, user=alice.user)
    client.force_login(alice.user)
    assert 'value="Harbour"' in client.get("/settings/workspace/").content.decode()

    client.post(reverse("accounts:switch"), {"workspace": str(charlie.workspace_id)})

    assert "Elsewhere" in client.get("/settings/workspace/").content.decode()


@pytest.mark.parametrize("workspace", ["", "nonsense", "other"])
def test_one_does_not_switch_to_where_one_is_not(
    client: Client, alice: Membership, charlie: Membership, workspace: str
) -> None:
    client.force_login(alice.user)
    wanted = str(charlie.workspace_id) if workspace == "other" else workspace

    answer = client.post(reverse("accounts:switch"), {"workspace": wanted})

    assert answer.status_code == 404
    assert 'value="Harbour"' in client.get("/settings/workspace/").content.decode()


def test_a_refusal_becomes_a_toast_and_nothing_moves(client: Client, viewer: Membership) -> None:
    client.force_login(viewer.user)

    answer = client.post(reverse("dashboard:goal"), {"goal": "Sail"}, headers=HTMX)

    assert answer.status_code == 422
    assert "needs the right to work" in answer.content.decode()


def test_a_refusal_on_a_page_leads_back_with_a_message(client: Client, viewer: Membership) -> None:
    client.force_login(viewer.user)

    answer = client.post(
        reverse("dashboard:halt"), headers={"Referer": "http://testserver/settings/"}, follow=True
    )

    assert answer.redirect_chain == [("http://testserver/settings/", 302)]
    assert "needs the right to run" in answer.content.decode()


def test_times_are_the_readers_own_and_nobody_elses(
    client: Client, alice: Membership, bob: Membership
) -> None:
    alice.user.timezone = "Pacific/Auckland"
    alice.user.save()
    create_task(actor=alice.actor, title="Paint")
    client.force_login(alice.user)

    page = client.get(reverse("activity:feed")).content.decode()

    assert "NZ" in page
    assert timezone.get_current_timezone_name() == "UTC"
