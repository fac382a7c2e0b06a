"""The command center: what waits comes by itself, and is dealt with on the spot."""

from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Membership, Workspace
from agents.models import Approval, Run, Step
from tasks.actions import ask, block_task, create_task, post_message
from tasks.models import Task
from tests.ui.conftest import Look
from tests.ui.stage import PHONE, TABLET, WIDE


@pytest.fixture
def task(alice: Membership) -> Task:
    return create_task(actor=alice.actor, title="Paint the pier")


def test_everything_stops_only_when_one_means_it(
    look: Look, alice: Membership, bob: Membership, agents: SimpleNamespace, workspace: Workspace
) -> None:
    run = Run.objects.create(
        workspace=workspace, agent=agents.technical, kind="mention", state="running", token=1
    )
    page, other = look(alice).open("/", live=True), look(bob).open("/", live=True)

    page.get_by_role("button", name="Stop everything").click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("Stop everything?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    workspace.refresh_from_db()
    assert workspace.halted_at is None

    page.get_by_role("button", name="Stop everything").click()
    dialog.get_by_role("button", name="Stop everything").click()

    expect(page.locator("#part-state")).to_contain_text("Everything is stopped")
    # Bob sees it without doing anything.
    expect(other.locator("#part-state")).to_contain_text("Everything is stopped")
    run.refresh_from_db()
    assert run.state == Run.State.QUEUED

    other.get_by_role("button", name="Start again").click()
    expect(page.get_by_role("button", name="Stop everything")).to_be_visible()


def test_a_question_appears_and_is_answered_where_it_stands(
    look: Look, alice: Membership, agents: SimpleNamespace, task: Task
) -> None:
    page = look(alice).open("/", live=True)
    expect(page.locator("#part-needs")).to_contain_text("Nothing waits for you")

    question = ask(
        actor=agents.technical.actor, task=task, question="Which **green**?", whom=alice.actor
    )

    need = page.locator(f"#need-question-{question.pk}")
    expect(need.locator("strong")).to_have_text("green")
    expect(page.locator("#bell-count")).to_have_text("1")
    expect(page.locator("#count-o")).to_have_text("1")
    need.get_by_label("Your answer").fill("The dark one")
    # News that come in while one writes take nothing away.
    block_task(actor=agents.technical.actor, task=task, reason="No paint")
    page.wait_for_timeout(700)
    expect(need.get_by_label("Your answer")).to_have_value("The dark one")
    need.get_by_role("button", name="Answer").click()

    expect(page.locator(".toast")).to_contain_text("Answered @technical")
    expect(need).to_have_count(0)
    expect(page.locator("#part-needs")).to_contain_text("No paint")


def test_a_blocked_task_goes_on_from_here(look: Look, alice: Membership, task: Task) -> None:
    block_task(actor=alice.actor, task=task, reason="No paint")
    page = look(alice).open("/", live=True)

    page.get_by_role("button", name="Unblock and try again").click()

    expect(page.locator("#part-needs")).to_contain_text("Nothing waits for you")
    task.refresh_from_db()
    assert not task.blocked


def test_a_decision_is_made_from_here(
    look: Look, alice: Membership, agents: SimpleNamespace, workspace: Workspace
) -> None:
    run = Run.objects.create(
        workspace=workspace,
        agent=agents.technical,
        kind="mention",
        state="waiting",
        wait_for="approval",
    )
    step = Step.objects.create(
        run=run,
        index=0,
        kind="tool",
        state="intent",
        name="ring",
        content={"bell": "a"},
        started_at=timezone.now(),
    )
    approval = Approval.objects.create(
        run=run, step=step, kind="unknown", question="Did “ring” take effect?"
    )
    page = look(alice).open("/", live=True)
    expect(page.locator(".need-call")).to_have_text('ring(bell="a")')

    page.get_by_role("button", name="It took effect").click()

    expect(page.locator("#part-needs")).to_contain_text("Nothing waits for you")
    approval.refresh_from_db()
    assert approval.state == Approval.State.APPROVED


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, TABLET, WIDE], ids=["phone", "tablet", "wide"])
def test_the_pages_fit_every_screen(
    look: Look,
    alice: Membership,
    agents: SimpleNamespace,
    task: Task,
    size: tuple[int, int],
    dark: bool,
) -> None:
    word = "Donaudampfschifffahrtsgesellschaftskapitän" * 3
    block_task(actor=alice.actor, task=task, reason=word)
    ask(actor=agents.qa.actor, task=task, question=f"`{word}`?", whom=alice.actor)
    create_task(actor=alice.actor, title=word, kind="goal")
    screen = look(alice, size=size, dark=dark)
    places = ("/", "/welcome/", "/activity/", "/notifications/", "/settings/")
    pages = ("members", "keys", "workspace", "notifications")
    for place in (*places, *(f"/settings/{page}/" for page in pages)):
        screen.open(place)
        assert screen.overflow() <= 0, place
        assert not screen.complaints, (place, screen.complaints)


def test_the_bell_opens_and_leads_to_the_thing(
    look: Look, alice: Membership, bob: Membership, task: Task
) -> None:
    post_message(actor=alice.actor, task=task, body="@bob, green or blue?")
    page = look(bob).open("/board/", live=True)
    expect(page.locator("#bell-count")).to_have_text("1")

    page.get_by_role("button", name="Notifications").click()
    page.locator("#bell-news button").click()

    page.wait_for_url("**/tasks/1/")
    expect(page.locator("#bell-count")).to_have_text("")
