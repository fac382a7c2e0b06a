"""Whom one may mean on the screens of tasks: many are found by name, those ticked stay."""

import re
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from accounts.colleagues import MOST, colleagues
from accounts.models import Actor, Membership
from tasks import actions
from tasks.forms import MOST_PARENTS
from tasks.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(alice: Membership) -> Client:
    client = Client()
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def crowd(alice: Membership) -> list[Actor]:
    return Actor.objects.bulk_create(
        Actor(workspace=alice.workspace, kind="agent", handle=f"hand-{n:03}", name=f"Hand {n:03}")
        for n in range(MOST + 50)
    )


def ticked(page: str) -> list[str]:
    return re.findall(r'name="assignees" value="([\w-]+)" checked', page)


def offered(page: str) -> list[str]:
    return re.findall(r'name="assignees" value="([\w-]+)"', page)


def test_many_are_listed_in_part_and_the_chosen_lead(alice: Membership, crowd: list[Actor]) -> None:
    found = [actor.handle for actor in colleagues(alice.workspace, first=["hand-140"])]
    assert found[:2] == ["hand-140", "hand-000"]
    assert len(found) == MOST + 1
    assert [actor.handle for actor in colleagues(alice.workspace, q="D 14")] == [
        f"hand-{n}" for n in range(140, 150)
    ]
    assert "system" not in {actor.kind for actor in colleagues(alice.workspace, q="s")}


def test_strangers_are_not_found(alice: Membership, charlie: Membership) -> None:
    assert charlie.actor not in colleagues(alice.workspace, q=charlie.actor.handle)
    assert charlie.actor not in colleagues(alice.workspace, first=[charlie.actor.handle])


def test_a_search_keeps_what_is_ticked(client: Client, crowd: list[Actor]) -> None:
    address = reverse("tasks:people")
    page = client.get(address, {"q": "@hand-149", "assignees": ["hand-003"]}).content.decode()
    assert offered(page) == ["hand-003", "hand-149"]
    assert ticked(page) == ["hand-003"]
    assert "Nobody goes by that name" in client.get(address, {"q": "zz"}).content.decode()


def test_the_page_of_a_task_leads_with_those_who_have_it(
    client: Client, alice: Membership, crowd: list[Actor]
) -> None:
    task = actions.create_task(actor=alice.actor, title="Haul", assignees=[crowd[-1]])
    page = client.get(reverse("tasks:detail", args=[task.number])).content.decode()
    assert ticked(page) == ["hand-149"]
    assert offered(page)[:2] == ["hand-149", "hand-000"]
    assert "data-picker-search" in page


@pytest.mark.parametrize("name", ["people", "mentions", "board", "find"])
@pytest.mark.parametrize("field", ["q", "assignees", "agent"])
def test_a_text_that_no_database_keeps_is_refused_or_finds_nothing(
    client: Client, name: str, field: str
) -> None:
    answer = client.get(reverse(f"tasks:{name}"), {field: "a\0b"})
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert "NUL" in answer.content.decode()


def test_a_small_team_needs_no_search(client: Client, agents: SimpleNamespace) -> None:
    page = client.get(reverse("tasks:create")).content.decode()
    assert {"technical", "qa"} < set(offered(page))
    assert "data-picker-search" not in page


def test_a_form_that_comes_back_remembers_who_was_ticked(
    client: Client, crowd: list[Actor]
) -> None:
    answer = client.post(reverse("tasks:create"), {"title": "", "assignees": ["hand-148"]})
    assert answer.status_code == 422
    assert ticked(answer.content.decode()) == ["hand-148"]


def test_the_board_is_filtered_by_whoever_the_address_names(
    client: Client, crowd: list[Actor]
) -> None:
    page = client.get(reverse("tasks:board"), {"agent": "hand-149"}).content.decode()
    assert '<option value="hand-149" selected>' in page
    assert page.count('<option value="hand-001"') == 2, "in the filter and the bulk bar"


def test_a_new_task_may_be_part_of_any_but_is_offered_some(
    client: Client, alice: Membership
) -> None:
    phase = actions.create_task(actor=alice.actor, title="Build", kind=Task.Kind.PHASE)
    first = actions.create_task(actor=alice.actor, title="First")
    Task.objects.bulk_create(
        Task(
            workspace=alice.workspace,
            number=10 + n,
            title="Other",
            creator=alice.actor,
            moved_at=first.moved_at,
        )
        for n in range(MOST_PARENTS)
    )
    page = client.get(reverse("tasks:create")).content.decode()
    parents = re.findall(r'<option value="(\d+)">TASK', page)
    assert len(parents) == MOST_PARENTS
    assert str(phase.number) in parents, "however old"
    assert str(first.number) not in parents

    page = client.get(reverse("tasks:create"), {"parent": first.number}).content.decode()
    assert f'<option value="{first.number}" selected>' in page
    sent = {"title": "Second", "priority": "1", "parent": first.number}
    assert client.post(reverse("tasks:create"), sent).status_code == 302
    assert Task.objects.get(title="Second").parent == first
