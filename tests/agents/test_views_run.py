"""A run on screen: its steps as a waterfall, and what a person does about it."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership
from agents.contents import CLIP
from agents.models import Approval, Run, Step
from core.clock import db_now

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def screen(client: Client, alice: Membership) -> Client:
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def run(queue: Callable[..., Run]) -> Run:
    return queue(
        state=Run.State.RUNNING,
        started_at=db_now(),
        wake_reason="somebody rang",
        brief={"system": "You are **careful**.", "message": "Ring it."},
    )


def add(run: Run, kind: str = "tool", **values: Any) -> Step:
    fields = {"state": "done", "started_at": run.started_at, "ended_at": run.started_at, **values}
    return Step.objects.create(run=run, index=run.steps.count(), kind=kind, **fields)


def speak(run: Run, text: str, *calls: str) -> Step:
    parts: list[dict[str, Any]] = [{"type": "text", "text": text}]
    parts += [
        {"type": "tool_call", "id": name, "name": name, "arguments": {"bell": "a"}}
        for name in calls
    ]
    content = {"role": "assistant", "parts": parts}
    return add(run, "model", name="scripted", content=content, input_tokens=900, output_tokens=20)


def address(name: str, run: Run, *more: object) -> str:
    return reverse(f"agents:{name}", args=[run.pk, *more])


def test_the_page_asks_as_much_for_200_steps_as_for_one(screen: Client, run: Run) -> None:
    counts = []
    for total in (1, 3, 200):
        while run.steps.count() < total:
            add(run, name="ring", content={"bell": "a"}, result="rang", state="error")
        with CaptureQueriesContext(connection) as asked:
            assert screen.get(address("run", run)).status_code == 200
        counts.append(len(asked))

    assert counts[0] == counts[1] == counts[2]


def test_the_page_tells_what_it_was_told_and_why_it_woke(screen: Client, run: Run) -> None:
    speak(run, "I ring the bell.", "ring")
    add(run, name="ring", content={"bell": "a"}, result="a rang")

    page = screen.get(address("run", run)).content.decode()

    assert "<strong>careful</strong>" in page
    assert "somebody rang" in page
    assert "I ring the bell." in page
    assert page.count('class="step"') == 2
    assert "style=" not in page


def test_only_what_is_new_comes_with_a_refresh(screen: Client, run: Run) -> None:
    speak(run, "The first thing.", "ring")
    add(run, name="ring", content={"bell": "a"}, result="a rang")
    speak(run, "The second thing.")

    answer = screen.get(address("run_newer", run), {"after": "1"}, headers=HTMX).content.decode()

    assert "The first thing." not in answer
    assert "The second thing." in answer
    assert 'id="steps-tail"' in answer
    assert 'id="run-head" hx-swap-oob="true"' in answer


def test_a_call_that_is_under_way_is_sent_again_until_it_has_its_receipt(
    screen: Client, run: Run
) -> None:
    speak(run, "Ring.", "ring")
    intent = add(run, name="ring", content={"bell": "a"}, state="intent", ended_at=None)
    url = address("run_newer", run)

    answer = screen.get(url, {"after": "0"}, headers=HTMX).content.decode()
    assert f'id="step-{intent.index}"' in answer
    assert "Under way" in answer
    assert "?after=0" in answer

    Step.objects.filter(pk=intent.pk).update(state="done", ended_at=db_now(), result="rang")
    answer = screen.get(url, {"after": "0"}, headers=HTMX).content.decode()
    assert f"?after={intent.index}" in answer


def test_a_run_that_ended_asks_for_nothing_more(screen: Client, run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(state=Run.State.FAILED, reason="it <b>went</b> in circles")

    page = screen.get(address("run", run)).content.decode()

    assert "hx-trigger" not in page.partition('id="steps-tail"')[2].partition(">")[0]
    assert "it &lt;b&gt;went&lt;/b&gt; in circles" in page
    assert "Stop the run" not in page


def test_a_step_shows_json_as_json_and_texts_as_texts(screen: Client, run: Run) -> None:
    step = add(
        run,
        name="write_document",
        content={"title": "Plan", "content": "# Plan\n\n**Bold** <script>alert(1)</script>"},
        result='{"document_id": "7", "version": 2}',
    )

    inside = screen.get(address("run_step", run, step.index), headers=HTMX).content.decode()

    assert "&quot;title&quot;: &quot;Plan&quot;" in inside
    assert "<strong>Bold</strong>" in inside
    assert "<script>alert" not in inside
    assert "&quot;version&quot;: 2" in inside


def test_a_long_result_is_cut_until_somebody_asks_for_all(screen: Client, run: Run) -> None:
    step = add(run, name="look", content={}, result="word " * CLIP + "the end")
    url = address("run_step", run, step.index)

    cut = screen.get(url, headers=HTMX).content.decode()
    whole = screen.get(url, {"all": "1"}, headers=HTMX).content.decode()

    assert "Show all" in cut
    assert "the end" not in cut
    assert "Show all" not in whole
    assert "the end" in whole


def test_arguments_that_were_no_json_are_shown_as_they_came(screen: Client, run: Run) -> None:
    call = {"type": "tool_call", "id": "1", "name": "ring", "arguments": {}, "invalid": "{bell:"}
    step = add(run, "model", name="m", content={"role": "assistant", "parts": [call]})

    inside = screen.get(address("run_step", run, step.index), headers=HTMX).content.decode()

    assert "{bell:" in inside


def test_a_run_is_stopped(screen: Client, run: Run) -> None:
    said = screen.post(address("run_stop", run), headers=HTMX)
    run.refresh_from_db()

    assert said.headers["HX-Trigger"]
    assert run.state == Run.State.CANCELLED
    assert screen.post(address("run_stop", run), headers=HTMX).status_code == 409


def test_what_a_person_says_becomes_a_step(screen: Client, run: Run) -> None:
    screen.post(address("run_steer", run), {"text": "  Use the small bell. "}, headers=HTMX)

    page = screen.get(address("run", run)).content.decode()

    assert run.steps.get().content["text"] == "@alice says: Use the small bell."
    assert "Use the small bell." in page
    assert screen.post(address("run_steer", run), {"text": " "}, headers=HTMX).status_code == 400


@pytest.mark.parametrize(("decision", "state"), [("approve", "done"), ("deny", "error")])
def test_a_person_says_what_became_of_a_call(
    screen: Client, run: Run, decision: str, state: str
) -> None:
    step = add(run, name="ring", content={"bell": "a"}, state="intent", ended_at=None)
    asked = Approval.objects.create(run=run, step=step, kind="unknown", question="Did it ring?")
    Run.objects.filter(pk=run.pk).update(
        state=Run.State.WAITING, wait_for="approval", reason="Did it ring?"
    )

    page = screen.get(address("run", run)).content.decode()
    assert "Did it ring?" in page
    assert "Outcome unknown" in page

    url = reverse("agents:approval_decide", args=[asked.pk])
    screen.post(url, {"decision": decision, "reason": "I heard it"}, headers=HTMX)
    step.refresh_from_db()
    run.refresh_from_db()

    assert step.state == state
    assert run.state == Run.State.QUEUED
    assert screen.post(url, {"decision": decision}, headers=HTMX).status_code == 409


def test_the_gauge_shows_how_full_the_window_is(screen: Client, run: Run) -> None:
    speak(run, "Words.")

    page = screen.get(address("run", run))

    assert page.context["gauge"].used == 920
    assert "1 % of 128k" in page.content.decode()


def test_whoever_may_only_look_changes_nothing(viewer: Membership, run: Run) -> None:
    client = Client()
    client.force_login(viewer.user, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(address("run", run)).content.decode()

    assert "Stop the run" not in page
    assert 'id="steer"' not in page
    for name in ("run_stop", "run_steer"):
        refused = client.post(address(name, run), {"text": "x"}, headers=HTMX)
        assert refused.status_code == 403
    run.refresh_from_db()
    assert run.state == Run.State.RUNNING


def test_runs_of_another_house_are_not_there(
    charlie: Membership, run: Run, agents: SimpleNamespace
) -> None:
    client = Client()
    client.force_login(charlie.user, backend="django.contrib.auth.backends.ModelBackend")
    add(run, name="ring", content={})

    assert client.get(address("run", run)).status_code == 404
    assert client.get(address("run_newer", run)).status_code == 404
    assert client.get(address("run_step", run, 0)).status_code == 404
    assert client.post(address("run_stop", run)).status_code == 404
