"""WORKING.md on screen: edited, compared, brought back, and never lost to a clash."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Workspace
from tasks import actions
from tasks.models import Task, WorkingVersion
from tasks.working import read_working_state

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(alice: Membership, workspace: Workspace) -> Client:
    client = Client()
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def task(alice: Membership) -> Task:
    return actions.create_task(actor=alice.actor, title="Lay the keel")


def text_of(alice: Membership) -> str:
    return read_working_state(alice.workspace).text


def save(client: Client, text: str, base: str) -> tuple[int, str]:
    response = client.post(reverse("tasks:working_edit"), {"text": text, "base": base}, follow=True)
    return response.status_code, response.content.decode()


def test_it_shows_the_state_of_the_board(client: Client, task: Task) -> None:
    page = client.get(reverse("tasks:working")).content.decode()
    assert "Lay the keel" in page
    assert f"/tasks/{task.number}/" in page


def test_an_edit_goes_through_the_verbs_and_makes_a_version(
    client: Client, alice: Membership, task: Task
) -> None:
    base = text_of(alice)
    status, page = save(client, base.replace("Lay the keel", "Lay the long keel"), base)
    assert status == 200
    assert "called “Lay the long keel”" in page
    task.refresh_from_db()
    assert task.title == "Lay the long keel"
    assert WorkingVersion.objects.count() == 1


def test_line_ends_of_a_browser_are_no_change(
    client: Client, alice: Membership, task: Task
) -> None:
    base = text_of(alice)
    _, page = save(client, base.replace("\n", "\r\n"), base.replace("\n", "\r\n"))
    assert "Nothing was changed." in page


def test_a_clash_shows_both_texts_and_saves_neither(
    client: Client, alice: Membership, task: Task
) -> None:
    base = text_of(alice)
    actions.edit_task(actor=alice.actor, task=task, title="Theirs")
    status, page = save(client, base.replace("Lay the keel", "Mine"), base)
    assert status == 409
    assert "] Theirs" in page
    assert "] Mine" in page
    # Both editors open where it clashes.
    assert page.count('data-line="') == 2
    task.refresh_from_db()
    assert task.title == "Theirs"
    theirs = text_of(alice)
    status, _ = save(client, theirs.replace("Theirs", "Mine"), theirs)
    assert status == 200
    task.refresh_from_db()
    assert task.title == "Mine"


def test_a_clash_over_assignees_names_them(
    client: Client, alice: Membership, bob: Membership, task: Task
) -> None:
    base = text_of(alice)
    actions.assign_task(actor=alice.actor, task=task, assignees=[bob.actor])
    mine = base.replace("Lay the keel", f"@{alice.actor.handle} - Lay the keel")
    status, page = save(client, mine, base)
    assert status == 409
    assert "<dd>nobody</dd>" in page
    assert f"<dd>@{alice.actor.handle}</dd>" in page
    assert f"<dd>@{bob.actor.handle}</dd>" in page


def test_what_cannot_be_understood_names_its_line_and_keeps_the_text(
    client: Client, alice: Membership, task: Task
) -> None:
    base = text_of(alice)
    wrong = base.replace("### INBOX", "### SOMEDAY")
    status, page = save(client, wrong, base)
    assert status == 422
    assert "Line " in page
    assert "### SOMEDAY" in page
    assert 'data-line="' in page


def test_a_version_shows_what_it_changed_and_can_be_brought_back(
    client: Client, alice: Membership, task: Task
) -> None:
    for before, after in (("Lay the keel", "Second name"), ("Second name", "Third name")):
        base = text_of(alice)
        save(client, base.replace(before, after), base)
    url = reverse("tasks:working_version", args=[2])
    page = client.get(url).content.decode()
    assert "Second name" in page
    assert "Third name" in page
    since = client.get(f"{reverse('tasks:working_version', args=[1])}?against=now").content.decode()
    assert "Third name" in since
    client.post(reverse("tasks:working_restore", args=[1]))
    task.refresh_from_db()
    assert task.title == "Second name"
    assert client.get(reverse("tasks:working_version", args=[99])).status_code == 404


def test_an_open_editor_hears_that_the_page_has_changed(
    client: Client, alice: Membership, task: Task
) -> None:
    etag = read_working_state(alice.workspace).etag
    url = f"{reverse('tasks:working_news')}?etag={etag}"
    assert "has changed" not in client.get(url).content.decode()
    actions.edit_task(actor=alice.actor, task=task, title="Theirs")
    assert "has changed" in client.get(url).content.decode()


def test_the_text_itself_can_be_downloaded(client: Client, alice: Membership, task: Task) -> None:
    response = client.get(reverse("tasks:working_download"))
    assert "TASK-001" in response.content.decode()
    assert response.headers["Content-Disposition"] == 'attachment; filename="WORKING.md"'


def test_the_preview_runs_nothing(client: Client) -> None:
    page = client.post(
        reverse("tasks:working_preview"), {"text": "# Hi\n<script>alert(1)</script>"}
    ).content.decode()
    assert "<h1>Hi</h1>" in page
    assert "<script>" not in page


def test_who_may_only_look_changes_nothing(
    client: Client, alice: Membership, viewer: Membership, task: Task
) -> None:
    base = text_of(alice)
    client.force_login(viewer.user, backend="django.contrib.auth.backends.ModelBackend")
    assert "working/edit" not in client.get(reverse("tasks:working")).content.decode()
    response = client.post(
        reverse("tasks:working_edit"), {"text": base.replace("Lay the keel", "X"), "base": base}
    )
    assert response.status_code == 403
    task.refresh_from_db()
    assert task.title == "Lay the keel"
