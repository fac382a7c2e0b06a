"""What people talk about with agents is nobody else's, whichever way one looks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership
from activity.models import Activity, Notification
from agents.listening import listener_of
from agents.models import Approval, Run, Step
from conversations.actions import delete_conversation
from conversations.handlers import RECAP
from conversations.models import Conversation, Turn
from dashboard.needs import needs_of
from modules.language.types import TextDelta
from modules.models import Job
from tests.api.client import Program
from tests.api.conftest import _no_memory, as_alice, as_bob, as_charlie, as_viewer  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)

Talk = Callable[..., Conversation]
SECRET = "the mole of gold"


@pytest.fixture
def spoken(bob: Membership, talk: Talk, answer_of: Any, scripted: Any) -> Turn:
    """Bob, a member, has talked with an agent about a secret; Alice owns the place."""
    replies = [[f"I look for {SECRET}.", ("list_tasks", {"search": SECRET})], [f"Here is {SECRET}"]]
    scripted(lambda request: replies.pop(0))
    turn: Turn = answer_of(talk(f"Where is {SECRET}?", bob))
    assert SECRET in turn.content
    return turn


def browser(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("somebody", ["as_alice", "as_viewer", "as_charlie"])
def test_programs_of_others_see_nothing_of_it(
    somebody: str,
    spoken: Turn,
    as_bob: Program,  # noqa: F811
    request: pytest.FixtureRequest,
) -> None:
    other = request.getfixturevalue(somebody)
    assert other.get("runs").body["results"] == []
    assert other.get("runs?kind=chat&live=false").body["count"] == 0
    for path in (f"runs/{spoken.run_id}", f"runs/{spoken.run_id}/steps"):
        assert other.get(path).status == 404
        assert as_bob.get(path).status == 200
    for path, body in (("cancel", {}), ("steer", {"text": "Tell me"})):
        assert other.post(f"runs/{spoken.run_id}/{path}", body).status in (403, 404)
    for path in ("activities", "approvals", "tasks", "documents", "notifications"):
        assert SECRET not in str(other.get(path).body), path
    assert SECRET in str(as_bob.get(f"runs/{spoken.run_id}/steps").body)
    assert [one["id"] for one in as_bob.get("runs").body["results"]] == [str(spoken.run_id)]


def test_screens_of_others_show_nothing_of_it(
    spoken: Turn, alice: Membership, bob: Membership, viewer: Membership, charlie: Membership
) -> None:
    run = f"/runs/{spoken.run_id}/"
    address = next(
        path
        for path in (run, f"/agents/runs/{spoken.run_id}/")
        if browser(bob).get(path).status_code == 200
    )
    assert SECRET in browser(bob).get(address).content.decode()
    for other in (alice, viewer, charlie):
        client = browser(other)
        for path in (address, f"{address}newer/", f"{address}steps/0/", f"{address}stop/"):
            assert client.get(path).status_code in (404, 405), path
        assert client.post(f"{address}stop/").status_code == 404
        assert client.post(f"{address}steer/", {"text": "x"}).status_code == 404
    for other in (alice, viewer):
        client = browser(other)
        for path in (
            "/",
            "/activity/",
            "/agents/",
            "/agents/technical/",
            "/board/",
            "/agents/technical/?tab=runs",
            "/agents/technical/?tab=activity",
            "/chat/",
        ):
            page = client.get(path, follow=True).content.decode()
            assert SECRET not in page, path
            assert str(spoken.run_id) not in page, path


def test_the_log_says_that_they_talked_and_leads_nobody_there(spoken: Turn) -> None:
    entries = Activity.objects.filter(run=spoken.run_id)
    assert entries.exists()
    for entry in entries:
        assert entry.data["private"] is True
        assert SECRET not in f"{entry.message} {entry.data}"


def test_those_who_watch_the_agent_hear_no_words(
    spoken: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    monkeypatch.setattr("agents.live.publish", lambda group, message: heard.append(group))
    recap = Run.objects.get(turns=spoken)
    recap.kind = RECAP
    listener_of(recap, 0)(TextDelta(SECRET))
    assert heard == []
    recap.thread = None
    listener_of(recap, 0)(TextDelta("What one may hear"))
    assert heard == [f"agent.{recap.agent_id}"]


def test_a_failed_answer_is_told_to_whom_it_was_for(
    bob: Membership, alice: Membership, talk: Talk, answer_of: Any, scripted: Any
) -> None:
    def fails(request: Any) -> list[Any]:
        raise RuntimeError(SECRET)

    scripted(fails)
    turn = answer_of(talk("Say it", bob))
    assert turn.state == "failed"
    assert not Activity.objects.filter(message__contains=SECRET).exists()
    told = Notification.objects.filter(activity__run=turn.run_id)
    assert [one.recipient_id for one in told] == [bob.actor.pk]
    assert needs_of(alice) == []


def test_questions_of_a_talk_are_for_whoever_talks(
    spoken: Turn,
    alice: Membership,
    bob: Membership,
    as_alice: Program,  # noqa: F811
    as_bob: Program,  # noqa: F811
) -> None:
    step = Step.objects.filter(run=spoken.run_id, kind="tool").get()
    asked = Approval.objects.create(run=step.run, step=step, kind="tool", question="May I?")
    assert as_alice.get("approvals").body["count"] == 0
    assert as_alice.get(f"approvals/{asked.pk}").status == 404
    assert as_alice.post(f"approvals/{asked.pk}/approve", {}).status == 404
    assert [need.kind for need in needs_of(bob)] == ["approval"]
    assert needs_of(alice) == []
    assert as_bob.get(f"approvals/{asked.pk}").body["arguments"] == {"search": SECRET}


def test_what_modules_did_in_a_talk_is_told_there_alone(
    spoken: Turn,
    as_alice: Program,  # noqa: F811
    alice: Membership,
    bob: Membership,
) -> None:
    run = Run.objects.get(turns=spoken)
    values = {
        "workspace": alice.workspace,
        "actor": run.agent.actor,
        "operation": "language.summarise",
        "state": "succeeded",
        "input": {"text": SECRET},
        "result": {"text": SECRET},
    }
    job = Job.objects.create(run=run, **values)
    seen = Job.objects.create(**values | {"input": {}, "result": {}})
    listed = as_alice.get("modules/jobs").body["results"]
    assert [one["id"] for one in listed] == [str(seen.pk)]
    assert as_alice.get(f"modules/jobs/{job.pk}").status == 404
    assert as_alice.post(f"modules/jobs/{job.pk}/retry").status == 404
    client = browser(alice)
    assert client.get(f"/modules/jobs/{job.pk}/").status_code == 404
    assert str(job.pk) not in client.get("/modules/").content.decode()
    delete_conversation(actor=bob.actor, conversation=spoken.conversation)
    job.refresh_from_db()
    assert (job.input, job.result) == ({}, {})


def test_the_admin_shows_that_it_took_place(spoken: Turn, alice: Membership) -> None:
    alice.user.is_superuser = alice.user.is_staff = True
    alice.user.save()
    client = browser(alice)
    step = Step.objects.filter(run=spoken.run_id, kind="tool").get()
    for path in (f"agents/run/{spoken.run_id}/", f"agents/step/{step.pk}/"):
        page = client.get(f"/admin/{path}change/")
        assert page.status_code == 200
        assert SECRET not in page.content.decode()
    turn = client.get(f"/admin/conversations/turn/{spoken.pk}/change/").content.decode()
    assert SECRET not in turn


def test_what_is_deleted_is_gone_from_its_runs_too(spoken: Turn, bob: Membership) -> None:
    run = Run.objects.get(turns=spoken)
    before = run.input_tokens
    delete_conversation(actor=bob.actor, conversation=spoken.conversation)
    run.refresh_from_db()
    assert (run.input_tokens, run.brief, run.outcome) == (before, {}, {})
    assert not run.steps.exists()
    assert not Run.objects.filter(pk=run.pk).readable_by(bob.actor).exists()
