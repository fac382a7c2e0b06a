"""A plan on screen: shown as a tree, taken when confirmed, refused with a reason."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership, Workspace
from tasks import actions
from tasks.models import Task
from tasks.views.roadmap import EXAMPLE

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(alice: Membership, workspace: Workspace) -> Client:
    client = Client()
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def give(client: Client, content: bytes, name: str = "plan.md") -> tuple[int, str]:
    file = SimpleUploadedFile(name, content, "text/markdown")
    response = client.post(reverse("tasks:roadmap"), {"file": file})
    return response.status_code, response.content.decode()


def test_a_plan_is_shown_before_anything_is_made(client: Client) -> None:
    status, page = give(client, EXAMPLE.encode())
    assert status == 200
    assert "A website for the harbour" in page
    assert "Draw the pages" in page
    assert "after 1.1" in page
    assert "2\N{EN DASH}4 h" in page
    assert not Task.objects.exists()


def test_a_confirmed_plan_is_on_the_board(client: Client) -> None:
    response = client.post(reverse("tasks:roadmap"), {"text": EXAMPLE, "confirm": "1"}, follow=True)
    assert response.redirect_chain[0][0] == reverse("tasks:roadmap")
    assert Task.objects.filter(kind="phase").count() == 2
    assert Task.objects.filter(parent__kind="phase", kind="task").count() == 3
    page = response.content.decode()
    assert "0/2 done" in page
    assert "made" in page


def test_the_same_plan_again_changes_nothing_and_says_so(client: Client) -> None:
    url = reverse("tasks:roadmap")
    client.post(url, {"text": EXAMPLE, "confirm": "1"})
    count = Task.objects.count()
    assert "Already on the board" in client.post(url, {"text": EXAMPLE}).content.decode()
    page = client.post(url, {"text": EXAMPLE, "confirm": "1"}, follow=True).content.decode()
    assert "nothing was changed" in page
    assert Task.objects.count() == count


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choose a file"),
        (b"\x00\x01\x02PNG", "binary"),
        (b"# A plan\n\xff\xfe", "not UTF-8"),
        (b"Just a sentence.", "No tasks were found"),
        (b"# Plan\n" + b"- task\n" * 900_000, "at most 1 MB"),
        (
            b"## Phase 1\n### 1.1 One\n**Dependencies:** 1.2\n### 1.2 Two\n**Dependencies:** 1.1\n",
            "1.1",
        ),
    ],
    ids=["nothing", "binary", "bytes", "no tasks", "too large", "circle"],
)
def test_what_is_no_plan_is_refused_with_its_reason(
    client: Client, content: bytes, said: str
) -> None:
    status, page = give(client, content)
    assert status == 422
    assert said in page
    assert not Task.objects.exists()


def test_a_refused_text_is_still_there(client: Client) -> None:
    response = client.post(reverse("tasks:roadmap"), {"text": "Just a sentence.", "title": "Mine"})
    page = response.content.decode()
    assert "Just a sentence." in page
    assert 'value="Mine"' in page


def test_hostile_words_in_a_plan_run_nothing(client: Client) -> None:
    plan = "## Phase 1: <script>alert(1)</script>\n### 1.1 <img src=x onerror=alert(1)>\n- a\n"
    _, page = give(client, plan.encode())
    assert "<script>alert" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize("count", [1, 3, 40])
def test_progress_asks_as_much_for_many_phases_as_for_one(
    client: Client, alice: Membership, count: int
) -> None:
    for index in range(count):
        phase = actions.create_task(actor=alice.actor, title=f"Phase {index}", kind="phase")
        actions.create_task(actor=alice.actor, title="Part", parent=phase)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse("tasks:roadmap"), headers={"HX-Request": "true"})
    assert page.content.decode().count("0/1 done") == count
    assert len(queries) <= 6


def test_who_may_only_look_imports_nothing(client: Client, viewer: Membership) -> None:
    client.force_login(viewer.user, backend="django.contrib.auth.backends.ModelBackend")
    assert "needs a member" in client.get(reverse("tasks:roadmap")).content.decode()
    client.post(reverse("tasks:roadmap"), {"text": EXAMPLE, "confirm": "1"})
    assert not Task.objects.exists()
