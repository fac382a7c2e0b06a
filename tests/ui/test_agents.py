"""Agents and their runs in a browser: what happens is seen as it happens."""

import re
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Membership
from activity.log import logged
from agents.actions import create_agent, pause_agent
from agents.leases import claim
from agents.models import Agent, Approval, Run, Step
from agents.page import TABS
from agents.runs import end_run
from agents.steps import save_intent, save_receipt, save_reply
from core.clock import db_now
from core.publishing import publish
from modules.language.types import Message, Reply, Text, ToolCall, Usage
from tasks.actions import assign_task, create_task
from tests.ui.conftest import Look
from tests.ui.stage import PHONE, TABLET, WIDE

LOOK = ToolCall("c1", "read_working_state", {})
RING = ToolCall("c2", "ring", {"bell": "a", "how": "x" * 120})


@pytest.fixture
def run(alice: Membership, agents: SimpleNamespace) -> Run:
    """A run that a worker has just begun, with nothing done in it yet."""
    task = create_task(actor=alice.actor, title="Lay the keel", criteria=["It floats"])
    assign_task(actor=alice.actor, task=task, assignees=[agents.technical.actor])
    queued = Run.objects.create(
        workspace=alice.workspace,
        agent=agents.technical,
        kind="work",
        task=task,
        wake_reason="TASK-001 is ready",
        enqueued_at=db_now(),
        brief={"system": "You build.", "message": "Lay the keel."},
        simulated=True,
    )
    claimed = claim(only=queued.pk)
    assert claimed is not None
    return claimed


def speak(run: Run, text: str, *calls: ToolCall) -> None:
    message = Message("assistant", (Text(text), *calls))
    reply = Reply(message, "tool_calls" if calls else "end", Usage(4_000, 50), "scripted")
    with logged():
        save_reply(run, reply, cost=1_000, started_at=timezone.now())


def receive(run: Run, call: ToolCall, result: str) -> None:
    with logged():
        save_receipt(run, call, result=result, state=Step.State.DONE, started_at=timezone.now())


def test_a_change_of_an_agent_is_seen_at_once(
    look: Look, alice: Membership, agents: SimpleNamespace
) -> None:
    page = look(alice).open("/agents/qa/", live=True)
    cards = look(alice).open("/agents/", live=False)

    pause_agent(actor=alice.actor, agent=agents.qa, reason="Waits for the tide")

    expect(page.locator(".agent-head")).to_contain_text("Paused")
    expect(page.locator(".agent-state")).to_contain_text("Waits for the tide")
    expect(cards.locator('.agent-card[data-state="paused"]')).to_contain_text("QA")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".agent-head")).to_contain_text("Idle")


def test_waking_an_agent_says_what_it_found(
    look: Look, alice: Membership, agents: SimpleNamespace
) -> None:
    page = look(alice).open("/agents/qa/", live=True)
    page.get_by_role("button", name="Wake now").click()
    expect(page.locator(".toast")).to_contain_text("QA woke: nothing to do")


def test_retiring_asks_first(look: Look, alice: Membership, agents: SimpleNamespace) -> None:
    page = look(alice).open("/agents/qa/", live=True)
    page.get_by_role("button", name="Retire").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    assert Agent.objects.get(pk=agents.qa.pk).retired_at is None
    page.get_by_role("button", name="Retire").click()
    page.locator("#confirm").get_by_role("button", name="Retire").click()
    expect(page.locator(".agent-head")).to_contain_text("Retired")


def test_steps_appear_as_they_are_saved(look: Look, alice: Membership, run: Run) -> None:
    page = look(alice).open(f"/runs/{run.pk}/", live=True)
    expect(page.locator(".step")).to_have_count(0)
    speak(run, "I look around first.", LOOK)
    expect(page.locator(".step")).to_have_count(1)
    expect(page.locator(".step")).to_contain_text("I look around first.")
    receive(run, LOOK, '{"text": "# State\\n\\nAll is **well**."}')
    expect(page.locator(".step")).to_have_count(2)
    expect(page.locator("#run-count")).to_have_text("2")
    expect(page.locator(".run-figures")).to_contain_text("4k")
    page.locator("#step-1 summary").click()
    expect(page.locator("#step-1 .step-body strong")).to_have_text("well")
    # It stays open while others come below it.
    speak(run, "All is well.")
    expect(page.locator(".step")).to_have_count(3)
    expect(page.locator("#step-1 .step-body strong")).to_be_visible()


def test_words_come_while_the_model_speaks_and_make_room_for_the_step(
    look: Look, alice: Membership, run: Run
) -> None:
    page = look(alice).open(f"/runs/{run.pk}/", live=True)
    group = f"agent.{run.agent_id}"
    for text in ("I think", "I think that oak"):
        # Until the socket of the agent is open nobody hears; the words say all so far anyway.
        for _ in range(50):
            publish(group, {"type": "agent.words", "run": str(run.pk), "text": text})
            page.wait_for_timeout(50)
            if page.locator("#words").inner_text().strip() == text:
                break
        expect(page.locator("#words")).to_have_text(text)
    # Another run of the same agent speaks elsewhere.
    publish(group, {"type": "agent.words", "run": "another", "text": "Elsewhere"})
    speak(run, "I think that oak will do.")
    expect(page.locator("#step-0")).to_contain_text("I think that oak will do.")
    expect(page.locator("#words")).to_have_text("")


def test_an_open_call_changes_in_its_place(look: Look, alice: Membership, run: Run) -> None:
    page = look(alice).open(f"/runs/{run.pk}/", live=True)
    speak(run, "Ring.", RING)
    with logged():
        intent = save_intent(run, RING)
    expect(page.locator('#step-1[data-state="intent"]')).to_contain_text("Under way")
    page.locator("#step-1 summary").click()
    expect(page.locator("#step-1 .step-body")).to_contain_text("No answer yet")
    with logged():
        save_receipt(
            run,
            RING,
            result="It rang.",
            state=Step.State.DONE,
            started_at=intent.started_at,
            intent=intent,
        )
    expect(page.locator('#step-1[data-state="done"]')).to_have_count(1)
    expect(page.locator("#step-1 details")).to_have_attribute("open", "")
    expect(page.locator("#step-1 .step-body")).to_contain_text("It rang.")


def test_a_run_is_stopped_after_asking(look: Look, alice: Membership, run: Run) -> None:
    page = look(alice).open(f"/runs/{run.pk}/", live=True)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("button", name="Stop the run").click()
    expect(page.locator(".run-head")).to_contain_text("Cancelled")
    expect(page.locator(".run-head")).to_contain_text("stopped by @alice")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    assert Run.objects.get(pk=run.pk).state == Run.State.CANCELLED


def test_a_run_that_goes_on_while_one_is_asked_is_stopped_all_the_same(
    look: Look, alice: Membership, run: Run
) -> None:
    page = look(alice).open(f"/runs/{run.pk}/", live=True)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.locator(".run-head .btn").evaluate("button => { window.before = button; }")
    speak(run, "I think that oak will do.", LOOK)
    page.wait_for_function("() => !window.before.isConnected")
    page.get_by_role("button", name="Stop the run").click()
    expect(page.locator(".run-head")).to_contain_text("stopped by @alice")


def test_a_button_under_a_finger_is_not_exchanged(look: Look, alice: Membership, run: Run) -> None:
    page = look(alice).open(f"/runs/{run.pk}/", live=True)
    page.locator("#run-head .btn").hover()
    page.mouse.down()
    speak(run, "I think that oak will do.", LOOK)
    expect(page.locator("#step-0")).to_contain_text("I think that oak will do.")
    expect(page.locator(".run-figures")).not_to_contain_text("4k")
    page.mouse.up()
    expect(page.get_by_role("alertdialog")).to_contain_text("Stop this run?")
    expect(page.locator(".run-figures")).to_contain_text("4k")


def test_what_is_over_when_one_has_answered_is_said_to_be(
    look: Look, alice: Membership, run: Run
) -> None:
    page = look(alice).open(f"/runs/{run.pk}/", live=True)
    page.get_by_role("button", name="Stop", exact=True).click()
    end_run(run, Run.State.SUCCEEDED, outcome={"text": "Done."})
    expect(page.locator(".run-head")).to_contain_text("Succeeded")
    page.get_by_role("button", name="Stop the run").click()
    expect(page.locator("#toaster")).to_contain_text("It has changed meanwhile")


def test_a_run_is_steered(look: Look, alice: Membership, run: Run) -> None:
    speak(run, "Ring.", LOOK)
    page = look(alice).open(f"/runs/{run.pk}/", live=True)
    page.locator("#steer-text").fill("Use oak.")
    page.keyboard.press("Control+Enter")
    expect(page.locator('.step[data-kind="note"]')).to_contain_text("@alice says: Use oak.")
    expect(page.locator("#steer-text")).to_have_value("")


def test_a_question_about_a_call_is_answered_on_the_page(
    look: Look, alice: Membership, run: Run
) -> None:
    speak(run, "Ring.", RING)
    with logged():
        intent = save_intent(run, RING)
    Approval.objects.create(run=run, step=intent, kind="unknown", question="Did it ring?")
    Run.objects.filter(pk=run.pk).update(
        state=Run.State.WAITING, wait_for="approval", reason="Did it ring?"
    )
    page = look(alice).open(f"/runs/{run.pk}/", live=True)
    expect(page.locator(".ask")).to_contain_text("Did it ring?")
    page.locator(".ask [name=reason]").fill("I heard it")
    page.get_by_role("button", name="It took effect").click()
    expect(page.locator(".ask")).to_have_count(0)
    expect(page.locator(".run-head")).to_contain_text("Queued")
    expect(page.locator('#step-1[data-state="done"]')).to_have_count(1)


def test_capabilities_are_chips_and_a_new_agent_is_made(
    look: Look, alice: Membership, workspace: object
) -> None:
    page = look(alice).open("/agents/new/", live=True)
    page.get_by_label("Name").fill("Shipwright")
    page.get_by_label("Role").fill("builds ships")
    page.get_by_label("Capabilities").click()
    page.keyboard.type("Oak,tar,")
    page.keyboard.type("rope")
    expect(page.locator(".chip-word")).to_have_count(2)
    page.get_by_role("button", name="Remove tar").click()
    page.get_by_role("button", name="Create the agent").click()
    expect(page).to_have_url(re.compile(r"/agents/shipwright/$"))
    assert Agent.objects.get().capabilities == ["oak", "rope"]


@pytest.mark.parametrize(
    ("size", "dark"),
    [(PHONE, True), (PHONE, False), (TABLET, False), (WIDE, True)],
    ids=["phone-dark", "phone", "tablet", "wide-dark"],
)
def test_nothing_sticks_out(
    look: Look, alice: Membership, run: Run, size: tuple[int, int], dark: bool
) -> None:
    create_agent(
        actor=alice.actor,
        name="An agent with quite a long name that goes on and on and on",
        handle="long",
        role="does a number of things that take a while to say, and then a few more",
        capabilities=["architecture", "internationalisation", "backend"],
        persona="word " * 100,
    )
    speak(run, "I look around. " * 30, LOOK, RING)
    receive(run, LOOK, '{"text": "' + "unbroken" * 60 + '"}')
    receive(run, RING, "rang")
    screen = look(alice, size=size, dark=dark)
    tabs = [f"/agents/technical/?tab={tab}" for tab in TABS]
    places = ["/agents/", "/agents/new/", "/agents/long/", "/agents/long/edit/", *tabs]
    for place in [*places, f"/runs/{run.pk}/"]:
        page = screen.open(place)
        assert screen.overflow() <= 0, place
        assert not screen.complaints, (place, screen.complaints)
    for index in range(3):
        page.locator(f"#step-{index} summary").click()
        expect(page.locator(f"#step-{index} .step-body .spinner")).to_have_count(0)
    assert screen.overflow() <= 0
