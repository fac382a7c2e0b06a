"""The page of a task: what it shows, and every small change made on it."""

from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership
from documents.actions import create_document
from tasks import actions
from tasks.models import Attachment, Message, Task

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(alice: Membership) -> Client:
    client = Client()
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def task(alice: Membership) -> Task:
    return actions.create_task(
        actor=alice.actor,
        title="Lay the keel",
        description="Of **oak**.",
        criteria=["It floats"],
        checklist=["Saw", "Nail"],
    )


def change(client: Client, task: Task, field: str, value: str = "", **more: str) -> object:
    url = reverse("tasks:change", args=[task.number])
    response = client.post(url, {"field": field, "value": value, **more}, headers=HTMX)
    task.refresh_from_db()
    return response


def talk(alice: Membership, task: Task, agents: SimpleNamespace, count: int) -> None:
    for index in range(count):
        message = actions.post_message(actor=alice.actor, task=task, body=f"Word {index}")
        actions.react(actor=alice.actor, message=message, sign="👍")
        actions.post_message(actor=agents.technical.actor, task=task, body="Aye", reply_to=message)
        other = actions.create_task(actor=alice.actor, title=f"Other {index}")
        actions.add_dependency(actor=alice.actor, task=task, needs=other)
        document = create_document(
            actor=alice.actor, title=f"Plan {index}", content="Oak", task=task
        )
        actions.add_evidence(actor=alice.actor, task=task, summary="Plan", document=document)


@pytest.mark.parametrize("count", [1, 3, 40])
def test_a_long_thread_costs_no_query_more(
    client: Client, alice: Membership, agents: SimpleNamespace, task: Task, count: int
) -> None:
    talk(alice, task, agents, count)
    url = reverse("tasks:detail", args=[task.number])
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    assert len(queries) <= 36, "\n".join(query["sql"][:160] for query in queries)


@pytest.mark.parametrize("part", ["head", "body", "side", "thread", "history"])
def test_each_part_stands_alone(client: Client, task: Task, part: str) -> None:
    response = client.get(reverse("tasks:part", args=[task.number, part]), headers=HTMX)
    assert response.status_code == 200
    assert f'id="part-{part}"' in response.content.decode()


def test_it_says_in_a_sentence_what_it_waits_for(client: Client, task: Task) -> None:
    page = client.get(reverse("tasks:detail", args=[task.number])).content.decode()
    assert "Nobody has it yet." in page
    assert "<strong>oak</strong>" in page


def test_the_drawer_is_the_same_without_the_frame(client: Client, task: Task) -> None:
    url = reverse("tasks:detail", args=[task.number])
    drawer = client.get(url, headers=HTMX).content.decode()
    assert "<html" not in drawer
    assert "Lay the keel" in drawer


def test_properties_are_changed_one_at_a_time(
    client: Client, alice: Membership, task: Task
) -> None:
    other = actions.create_task(actor=alice.actor, title="Fell the oak")
    change(client, task, "priority", "3")
    assert task.priority == 3
    change(client, task, "due_at", "2030-05-01")
    assert task.due_at is not None
    assert task.due_at.date().isoformat() == "2030-05-01"
    change(client, task, "estimate", "4-6")
    assert (task.estimate_low, task.estimate_high) == (4, 6)
    change(client, task, "estimate", "")
    assert task.estimate_low is None
    change(client, task, "tick", "1", done="1")
    assert [item["done"] for item in task.checklist] == [False, True]
    change(client, task, "depend", f"TASK-{other.number:03d}")
    assert task.dependencies.get().needs == other
    change(client, task, "undepend", str(other.number))
    assert not task.dependencies.exists()
    change(client, task, "subtask", "Choose the wood")
    assert task.children.get().title == "Choose the wood"
    change(client, task, "block", "No wood")
    assert task.blocked_reason == "No wood"
    change(client, task, "unblock")
    assert task.blocked_at is None
    change(client, task, "status", "in_progress")
    assert task.status == Task.Status.IN_PROGRESS


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("status", "paused", "paused"),
        ("priority", "high", "high"),
        ("due_at", "tomorrow", "tomorrow"),
        ("estimate", "soon", "soon"),
        ("depend", "TASK-001", "cannot wait for itself"),
        ("depend", "the keel", "the keel"),
        ("colour", "red", "colour"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(
    client: Client, task: Task, field: str, value: str, said: str
) -> None:
    before = task.version
    url = reverse("tasks:change", args=[task.number])
    response = client.post(url, {"field": field, "value": value}, headers=HTMX)
    assert response.status_code in (400, 404)
    assert said in response.headers["HX-Trigger"]
    task.refresh_from_db()
    assert task.version == before


def test_the_text_is_edited_in_place(client: Client, task: Task) -> None:
    url = reverse("tasks:edit", args=[task.number])
    assert 'name="description"' in client.get(url, headers=HTMX).content.decode()
    response = client.post(
        url,
        {
            "version": task.version,
            "title": "Lay the long keel",
            "description": "Of elm.",
            "criteria": "- It floats\n- It is straight",
            "checklist": "Saw\nNail",
        },
        headers=HTMX,
    )
    assert response.status_code == 200
    task.refresh_from_db()
    assert (task.title, task.description) == ("Lay the long keel", "Of elm.")
    assert [item["text"] for item in task.criteria] == ["It floats", "It is straight"]


def test_whoever_was_slower_sees_both_texts(client: Client, alice: Membership, task: Task) -> None:
    old = task.version
    actions.edit_task(actor=alice.actor, task=task, description="Of ash.")
    response = client.post(
        reverse("tasks:edit", args=[task.number]),
        {"version": old, "title": task.title, "description": "Of elm."},
        headers=HTMX,
    )
    assert response.status_code == 422
    page = response.content.decode()
    assert "Of elm." in page
    assert "Of ash." in page
    task.refresh_from_db()
    assert task.description == "Of ash."


def test_it_is_given_to_those_ticked_or_to_whoever_fits(
    client: Client, agents: SimpleNamespace, bob: Membership, task: Task
) -> None:
    url = reverse("tasks:assign", args=[task.number])
    client.post(url, {"assignees": ["bob", "technical"]}, headers=HTMX)
    assert {actor.handle for actor in task.assignees.all()} == {"bob", "technical"}
    client.post(url, {}, headers=HTMX)
    assert not task.assignees.exists()
    client.post(url, {"auto": "1"}, headers=HTMX)
    page = client.get(reverse("tasks:detail", args=[task.number])).content.decode()
    assert "Why Technical?" in page
    response = client.post(url, {"assignees": ["nobody"]}, headers=HTMX)
    assert "nobody called @nobody" in response.headers["HX-Trigger"]


def test_a_review_lets_through_or_sends_back_with_a_reason(client: Client, task: Task) -> None:
    url = reverse("tasks:review", args=[task.number])
    client.post(url, {"verdict": "submit", "reason": "It is done."}, headers=HTMX)
    page = client.get(reverse("tasks:detail", args=[task.number])).content.decode()
    assert "What shows that it is done" in page
    refused = client.post(url, {"verdict": "send_back"}, headers=HTMX)
    assert refused.status_code == 400
    client.post(url, {"verdict": "send_back", "reason": "It leaks."}, headers=HTMX)
    task.refresh_from_db()
    assert task.status == Task.Status.IN_PROGRESS
    client.post(url, {"verdict": "submit"}, headers=HTMX)
    client.post(url, {"verdict": "approve", "reason": "Dry.", "met": ["0"]}, headers=HTMX)
    task.refresh_from_db()
    assert task.status == Task.Status.DONE
    page = client.get(reverse("tasks:detail", args=[task.number])).content.decode()
    assert "It leaks." in page


def test_a_message_with_a_file_and_a_reply(client: Client, task: Task) -> None:
    url = reverse("tasks:say", args=[task.number])
    file = SimpleUploadedFile("plan.html", b"<script>alert(1)</script>", "text/html")
    response = client.post(url, {"body": "See this", "files": file}, headers=HTMX)
    assert response.status_code == 201
    message = Message.objects.get()
    client.post(url, {"body": "Seen", "reply_to": str(message.pk)}, headers=HTMX)
    assert message.replies.get().body == "Seen"
    attachment = Attachment.objects.get()
    download = client.get(reverse("tasks:attachment", args=[attachment.pk]))
    assert download.headers["Content-Disposition"] == 'attachment; filename="plan.html"'
    assert download.headers["Content-Type"] == "application/octet-stream"
    assert download.headers["X-Content-Type-Options"] == "nosniff"


def test_answering_a_question_closes_it(
    client: Client, agents: SimpleNamespace, alice: Membership, task: Task
) -> None:
    question = actions.ask(
        actor=agents.technical.actor, task=task, question="Oak or elm?", whom=alice.actor
    )
    url = reverse("tasks:say", args=[task.number])
    client.post(url, {"body": "Oak", "reply_to": str(question.pk)}, headers=HTMX)
    question.refresh_from_db()
    assert question.answered_at is not None


def test_a_message_to_nobody_known_is_refused_whole(client: Client, task: Task) -> None:
    url = reverse("tasks:say", args=[task.number])
    response = client.post(url, {"body": "Ask @ghost"}, headers=HTMX)
    assert response.status_code == 400
    assert "@ghost" in response.headers["HX-Trigger"]
    assert not Message.objects.exists()


def test_reactions_come_and_go_and_words_can_be_changed(
    client: Client, alice: Membership, task: Task
) -> None:
    message = actions.post_message(actor=alice.actor, task=task, body="Aye")
    react = reverse("tasks:react", args=[message.pk])
    assert (
        'aria-pressed="true"' in client.post(react, {"sign": "👍"}, headers=HTMX).content.decode()
    )
    assert "aria-pressed" not in client.post(react, {"sign": "👍"}, headers=HTMX).content.decode()
    url = reverse("tasks:message_edit", args=[message.pk])
    assert "Aye" in client.get(url, headers=HTMX).content.decode()
    client.post(url, {"body": "Nay"}, headers=HTMX)
    message.refresh_from_db()
    assert message.body == "Nay"


def test_mentions_are_offered_by_handle_and_by_name(
    client: Client, agents: SimpleNamespace
) -> None:
    page = client.get(f"{reverse('tasks:mentions')}?q=tech").content.decode()
    assert 'data-handle="technical"' in page
    assert "qa" not in page


def test_hostile_words_run_nothing(client: Client, alice: Membership, task: Task) -> None:
    words = "<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1))"
    actions.edit_task(actor=alice.actor, task=task, title=words[:190], description=words)
    actions.post_message(actor=alice.actor, task=task, body=words)
    page = client.get(reverse("tasks:detail", args=[task.number])).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'href="javascript:' not in page


def test_a_deleted_task_is_gone(client: Client, task: Task) -> None:
    response = client.post(reverse("tasks:delete", args=[task.number]), headers=HTMX)
    assert response.headers["HX-Redirect"] == reverse("tasks:board")
    assert client.get(reverse("tasks:detail", args=[task.number])).status_code == 404


def test_without_scripts_a_form_leads_back_to_the_page(client: Client, task: Task) -> None:
    url = reverse("tasks:change", args=[task.number])
    response = client.post(url, {"field": "priority", "value": "2"})
    assert response.status_code == 302
    assert response.headers["Location"] == reverse("tasks:detail", args=[task.number])


def test_it_shows_nothing_of_another_workspace(
    client: Client, charlie: Membership, task: Task
) -> None:
    stranger = Client()
    stranger.force_login(charlie.user, backend="django.contrib.auth.backends.ModelBackend")
    message = Message.objects.create(
        workspace=task.workspace, task=task, author=task.creator, body="Secret"
    )
    for url in (
        reverse("tasks:detail", args=[task.number]),
        reverse("tasks:part", args=[task.number, "thread"]),
        reverse("tasks:message_edit", args=[message.pk]),
    ):
        assert stranger.get(url).status_code == 404
