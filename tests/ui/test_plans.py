"""A plan becomes a board, and the shared page is written by two, in a real browser."""

import re
from pathlib import Path

from playwright.sync_api import expect

from accounts.models import Membership
from tasks.actions import create_task, edit_task, move_task
from tasks.models import Task
from tests.ui.conftest import Look
from tests.ui.stage import PHONE


def test_a_plan_becomes_a_board_that_moves(
    look: Look, alice: Membership, workspace: object, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.md"
    plan.write_text("# Ship\n## Phase 1: Hull\n### 1.1 Keel\n- [ ] Saw\n### 1.2 Planks\n")
    screen = look(alice)
    page = screen.open("/roadmap/", live=True)
    page.locator("input[type=file]").set_input_files(plan)
    expect(page.locator("[data-drop-name]")).to_have_text("plan.md")
    page.get_by_role("button", name="Show the tree").click()
    expect(page.locator(".tree")).to_have_count(1)
    expect(page.locator(".tree-list > li")).to_have_count(2)
    page.get_by_role("button", name="Take it to the board").click()
    expect(page.locator("#roadmap-progress")).to_contain_text("0/2 done")
    screen.live()
    move_task(actor=alice.actor, task=Task.objects.get(title__contains="Keel"), status="done")
    expect(page.locator("#roadmap-progress")).to_contain_text("1/2 done")


def test_the_page_follows_the_board(look: Look, alice: Membership) -> None:
    task = create_task(actor=alice.actor, title="Lay the keel")
    page = look(alice).open("/working/", live=True)
    expect(page.locator("#working")).to_contain_text("Lay the keel")
    edit_task(actor=alice.actor, task=task, title="Raise the mast")
    expect(page.locator("#working")).to_contain_text("Raise the mast")


def test_an_editor_hears_of_changes_and_shows_both_texts(
    look: Look, alice: Membership, bob: Membership
) -> None:
    task = create_task(actor=alice.actor, title="Lay the keel")
    screen = look(alice)
    page = screen.open("/working/edit/", live=True)
    editor = page.locator("#working-text")
    expect(page.locator("#working-preview")).to_contain_text("Lay the keel")
    editor.fill(editor.input_value().replace("Lay the keel", "Mine"))
    edit_task(actor=bob.actor, task=task, title="Theirs")
    expect(page.locator("#working-news")).to_contain_text("has changed")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#text-mine")).to_have_value(editor_with("Mine"))
    expect(page.locator("#text-theirs")).to_have_value(editor_with("Theirs"))
    page.get_by_role("button", name="Save mine over it").click()
    expect(page.locator("#working")).to_contain_text("Mine")
    screen.forgive("409")


def test_both_fit_on_a_phone(look: Look, alice: Membership) -> None:
    create_task(actor=alice.actor, title="Lay the keel " * 12)
    screen = look(alice, size=PHONE)
    for path in ("/roadmap/", "/roadmap/?example", "/working/", "/working/edit/"):
        screen.open(path)
        assert screen.overflow() <= 0, path


def editor_with(title: str) -> re.Pattern[str]:
    return re.compile(rf"\] {title}\n")
