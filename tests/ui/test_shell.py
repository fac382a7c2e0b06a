"""The frame around every page: theme, menu, palette, keys, toasts."""

import re

from django.template.loader import render_to_string
from playwright.sync_api import expect

from accounts.models import Membership
from tasks.actions import create_task
from tests.ui.conftest import Look
from tests.ui.stage import PHONE


def test_a_chosen_theme_stays_and_never_flashes(look: Look, alice: Membership) -> None:
    page = look(alice).open("/board/")
    page.locator("#theme-button").click()
    page.locator('[data-theme="dark"]').click()
    expect(page.locator("html.dark")).to_have_count(1)
    page.reload(wait_until="commit")
    page.wait_for_selector("html.dark", state="attached")
    page.wait_for_load_state("load")
    page.locator("#theme-button").click()
    expect(page.locator('[data-theme="dark"]')).to_have_attribute("aria-checked", "true")
    page.locator('[data-theme="system"]').click()
    expect(page.locator("html.dark")).to_have_count(0)


def test_the_palette_finds_tasks_and_runs_commands(look: Look, alice: Membership) -> None:
    create_task(actor=alice.actor, title="Lay the keel")
    page = look(alice).open("/board/")
    page.keyboard.press("Control+k")
    page.keyboard.type("keel")
    expect(page.locator('#palette [data-group="found"] [role="option"]')).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#drawer h2")).to_have_text("Lay the keel")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("theme: dark")
    page.keyboard.press("Enter")
    expect(page.locator("html.dark")).to_have_count(1)


def test_keys_create_help_and_go(look: Look, alice: Membership) -> None:
    page = look(alice).open("/board/", live=True)
    page.keyboard.press("?")
    expect(page.locator("#help-title")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(page.locator("#id_title")).to_be_focused()
    page.keyboard.type("Buy rope")
    page.keyboard.press("Enter")
    expect(page.locator("#toaster")).to_contain_text("Created TASK-001")
    expect(page.locator("#task-1")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("d")
    expect(page).to_have_url(re.compile(r"/documents/$"))


def test_a_form_that_is_wrong_says_so_in_its_dialog(look: Look, alice: Membership) -> None:
    screen = look(alice)
    page = screen.open("/board/")
    page.keyboard.press("c")
    page.locator("#id_title").fill("   x   ")
    page.locator("#id_due_at").evaluate("field => { field.type = 'text'; field.value = 'soon' }")
    page.get_by_role("button", name="Create task").click()
    expect(page.locator("#dialog [role=alert]")).to_contain_text("valid date")
    screen.forgive("422")


def test_the_menu_of_a_phone_slides_over_and_takes_the_focus(look: Look, alice: Membership) -> None:
    page = look(alice, size=PHONE).open("/board/")
    page.locator("[data-side-open]").click()
    expect(page.locator("#side")).to_be_visible()
    expect(page.locator("#side :focus")).to_have_count(1)
    expect(page.locator("#main[inert]")).to_have_count(1)
    page.mouse.click(380, 400)
    expect(page.locator("#side")).not_to_be_visible()


def test_the_first_tab_skips_to_the_content(look: Look, alice: Membership) -> None:
    page = look(alice).open("/board/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_the_connection_tells_its_state_and_its_latency(look: Look, alice: Membership) -> None:
    page = look(alice).open("/board/", live=True)
    expect(page.locator("[data-connection-word]")).to_have_text("Live")
    expect(page.locator("[data-connection-latency]")).to_contain_text("ms")


def test_a_stranger_gets_a_plain_page(look: Look) -> None:
    screen = look(None, dark=True)
    page = screen.open("/login/")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert screen.overflow() <= 0


def test_every_part_of_the_style_guide_renders(alice: Membership) -> None:
    page = render_to_string("styleguide.html", {"actors": [alice.actor], "ada": alice.actor})
    assert 'class="pill"' in page
