"""The board in a real browser, mostly with two people in front of it."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.models import Membership, Workspace
from activity import companions
from tasks import board
from tasks.actions import (
    add_dependency,
    assign_task,
    create_task,
    delete_task,
    edit_task,
    move_task,
    post_message,
)
from tasks.models import Task
from tests.ui.conftest import Look
from tests.ui.stage import PHONE, TABLET, hold_answer, hold_request, until


@pytest.fixture
def tasks(alice: Membership) -> list[Task]:
    titles = ["Lay the keel", "Raise the mast", "Paint the hull"]
    return [create_task(actor=alice.actor, title=title) for title in titles]


def card(task: Task) -> str:
    return f"#task-{task.number}"


def column(status: str) -> str:
    return f"#column-{status} [data-list]"


def drag(page: Page, source: str, target: str) -> None:
    """Pick a card up with the mouse and let it go over a column."""
    lift(page, source)
    carry(page, target)
    page.mouse.up()


def lift(page: Page, source: str) -> None:
    start = page.locator(source).bounding_box()
    assert start
    page.mouse.move(start["x"] + 60, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(start["x"] + 80, start["y"] + 30, steps=4)


def carry(page: Page, target: str) -> None:
    end = page.locator(target).bounding_box()
    assert end
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 30, steps=8)
    # The list under the pointer opens a gap for it a moment later.
    page.wait_for_selector(f"{target} > .is-ghost")


def test_dropping_a_card_moves_it_for_everyone(
    look: Look, alice: Membership, bob: Membership, tasks: list[Task]
) -> None:
    mine, theirs = look(alice), look(bob)
    mine.open("/board/", live=True)
    theirs.open("/board/", live=True)
    drag(mine.page, card(tasks[0]), column("in_progress"))
    expect(theirs.page.locator(f"{column('in_progress')} {card(tasks[0])}")).to_be_visible()
    expect(mine.page.locator(f"{column('in_progress')} {card(tasks[0])}")).to_be_visible()
    expect(theirs.page.locator('[data-count-of="in_progress"]').last).to_have_text("1")
    tasks[0].refresh_from_db()
    assert tasks[0].status == Task.Status.IN_PROGRESS


def test_a_board_is_not_loaded_anew_out_of_ones_hand(
    look: Look, alice: Membership, tasks: list[Task]
) -> None:
    page = look(alice).open("/board/", live=True)
    lift(page, card(tasks[0]))
    page.locator("#board-area").evaluate("area => { window.before = area; }")
    delete_task(actor=alice.actor, task=tasks[1])
    page.wait_for_function("number => document.body.dataset.lastEvent >= number", arg=last(alice))
    carry(page, column("in_progress"))
    assert page.evaluate("window.before.isConnected")
    page.mouse.up()
    expect(page.locator(f"{column('in_progress')} {card(tasks[0])}")).to_be_visible()
    expect(page.locator(card(tasks[1]))).to_have_count(0)
    tasks[0].refresh_from_db()
    assert tasks[0].status == Task.Status.IN_PROGRESS


def test_a_card_is_opened_although_it_changes_while_it_is_clicked(
    look: Look, alice: Membership, tasks: list[Task]
) -> None:
    page = look(alice).open("/board/", live=True)
    page.locator(card(tasks[0])).hover()
    page.mouse.down()
    edit_task(actor=alice.actor, task=tasks[0], title="Lay the keel of oak")
    page.wait_for_function("number => document.body.dataset.lastEvent >= number", arg=last(alice))
    page.wait_for_timeout(300)
    expect(page.locator(f"{card(tasks[0])} h3")).to_have_text("Lay the keel")
    page.mouse.up()
    expect(page.locator("#part-head")).to_contain_text("Lay the keel of oak")
    expect(page.locator(f"{card(tasks[0])} h3")).to_have_text("Lay the keel of oak")


def last(member: Membership) -> int:
    return Workspace.objects.get(pk=member.workspace_id).last_event


def test_a_refused_drop_puts_the_card_back_and_says_why(
    look: Look, alice: Membership, tasks: list[Task]
) -> None:
    add_dependency(actor=alice.actor, task=tasks[1], needs=tasks[0])
    screen = look(alice)
    page = screen.open("/board/", live=True)
    drag(page, card(tasks[1]), column("in_progress"))
    expect(page.locator("#toaster")).to_contain_text("TASK-002 waits for TASK-001")
    expect(page.locator(f"{column('inbox')} {card(tasks[1])}")).to_be_visible()
    # The browser itself reports that the server refused; nothing else may be wrong.
    screen.forgive("409")


def test_a_move_is_taken_back_with_those_it_belonged_to(
    look: Look, alice: Membership, agents: SimpleNamespace, tasks: list[Task]
) -> None:
    owners = [agents.technical.actor, agents.qa.actor]
    assign_task(actor=alice.actor, task=tasks[1], assignees=owners)
    page = look(alice).open("/board/", live=True)
    page.locator(f"{card(tasks[1])} .cover").focus()
    page.keyboard.press("Alt+ArrowLeft")
    expect(page.locator(f"{column('inbox')} {card(tasks[1])}")).to_be_visible()
    expect(page.locator("#toaster")).to_contain_text("TASK-002 is in Inbox")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#announcer")).to_contain_text("TASK-002 is in Assigned")
    expect(page.locator(f"{column('assigned')} {card(tasks[1])}")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    tasks[1].refresh_from_db()
    assert tasks[1].status == Task.Status.ASSIGNED
    assert {*tasks[1].assignees.all()} == {*owners}


def test_esc_empties_a_search_and_then_leaves_it(
    look: Look, alice: Membership, tasks: list[Task]
) -> None:
    page = look(alice).open("/board/", live=True)
    page.keyboard.press("/")
    search = page.get_by_role("searchbox", name="Search")
    expect(search).to_be_focused()
    page.keyboard.press("Escape")
    expect(search).not_to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(f"{card(tasks[0])} .cover")).to_be_focused()


def test_the_order_within_a_column_is_kept(
    look: Look, alice: Membership, tasks: list[Task]
) -> None:
    page = look(alice).open("/board/", live=True)
    page.locator(f"{card(tasks[2])} .cover").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#announcer")).to_contain_text("2 of 3")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#announcer")).to_contain_text("1 of 3")
    page.reload()
    expect(page.locator(f"{column('inbox')} .task h3")).to_have_text(
        ["Paint the hull", "Lay the keel", "Raise the mast"]
    )


def test_a_card_is_carried_to_another_column_by_keys_alone(
    look: Look, alice: Membership, agents: object, tasks: list[Task]
) -> None:
    page = look(alice).open("/board/", live=True)
    page.keyboard.press("j")
    expect(page.locator(f"{card(tasks[0])} .cover")).to_be_focused()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator("#announcer")).to_contain_text("TASK-001 is in Assigned")
    expect(page.locator(f"{card(tasks[0])} .cover")).to_be_focused()
    tasks[0].refresh_from_db()
    assert tasks[0].status == Task.Status.ASSIGNED


def test_what_happened_while_the_line_was_cut_is_replayed(
    look: Look, alice: Membership, tasks: list[Task]
) -> None:
    screen = look(alice)
    page = screen.open("/board/", live=True)
    screen.context.set_offline(True)
    expect(page.locator("#connection")).to_have_attribute("data-state", "offline")
    move_task(actor=alice.actor, task=tasks[0], status="in_progress")
    move_task(actor=alice.actor, task=tasks[1], status="in_progress")
    screen.context.set_offline(False)
    screen.live()
    expect(page.locator(f"{column('in_progress')} .task")).to_have_count(2)
    expect(page.locator(f"{column('inbox')} .task")).to_have_count(1)
    # What was on its way when the line was cut, and the line itself.
    screen.forgive("ERR_INTERNET", "htmx:sendError", "htmx:afterRequest")


def test_cards_come_along_with_events_without_being_asked_for(
    look: Look, alice: Membership, tasks: list[Task]
) -> None:
    screen = look(alice)
    # The time of the page stands, so that it asks for nothing because of a slow machine.
    screen.page.clock.install()
    page = screen.open("/board/", live=True)
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    move_task(actor=alice.actor, task=tasks[0], status="in_progress")
    expect(page.locator(f"{column('in_progress')} {card(tasks[0])}")).to_be_visible()
    expect(page.locator('[data-count-of="in_progress"]').last).to_have_text("1")
    # Longer than the board waits before it asks.
    page.clock.run_for(1300)
    assert not [url for url in asked if "/board/cards/" in url]


def test_cards_that_do_not_come_along_are_asked_for(
    look: Look, alice: Membership, tasks: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(companions._makers, "cards", lambda workspace_id, events: None)
    page = look(alice).open("/board/", live=True)
    move_task(actor=alice.actor, task=tasks[0], status="in_progress")
    expect(page.locator(f"{column('in_progress')} {card(tasks[0])}")).to_be_visible()


def test_a_refusal_of_cards_is_followed_by_another_try(
    look: Look, alice: Membership, tasks: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(companions._makers, "cards", lambda workspace_id, events: None)
    screen = look(alice)
    page = screen.open("/board/", live=True)
    refused: list[str] = []

    def refuse(route: Route) -> None:
        refused.append(route.request.url)
        route.fulfill(status=503)

    page.route("**/board/cards/**", refuse, times=2)
    move_task(actor=alice.actor, task=tasks[0], status="in_progress")
    expect(page.locator(f"{column('in_progress')} {card(tasks[0])}")).to_be_visible()
    assert len(refused) == 2
    screen.forgive("503")


def test_a_column_does_not_grow_for_as_long_as_the_page_is_open(
    look: Look, alice: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "DONE_LIMIT", 2)
    tasks = [create_task(actor=alice.actor, title=f"Plank {n}") for n in range(30)]
    page = look(alice).open("/board/", live=True)
    more = page.locator("#column-done .column-more")
    expect(more).to_be_hidden()
    for task in tasks:
        move_task(actor=alice.actor, task=task, status="done")
    expect(page.locator('[data-count-of="done"]').first).to_have_text("30")
    cards = page.locator(f"{column('done')} .task")
    expect(cards.first).to_have_attribute("id", f"task-{tasks[-1].number}")
    assert 2 <= cards.count() <= 27
    expect(more).to_have_text("Show more of 30")
    more.click()
    expect(cards).to_have_count(4)


def test_each_event_reaches_the_page_once(look: Look, alice: Membership, tasks: list[Task]) -> None:
    screen = look(alice)
    page = screen.open("/board/", live=True)
    page.evaluate(
        """() => {
          const seen = [];
          document.addEventListener("mc:event", ({ detail }) => {
            seen.push(detail.number);
            document.body.dataset.seen = seen.join(" ");
            document.body.dataset.count = seen.length;
          });
        }"""
    )
    for _ in range(3):
        screen.context.set_offline(True)
        post_message(actor=alice.actor, task=tasks[0], body="While nobody heard")
        screen.context.set_offline(False)
        screen.live()
        post_message(actor=alice.actor, task=tasks[0], body="While somebody heard")
    page.wait_for_selector('body[data-count="6"]')
    seen = [int(number) for number in page.evaluate("document.body.dataset.seen").split()]
    assert seen == list(range(seen[0], seen[0] + 6))
    # What was on its way when the line was cut, and the line itself.
    screen.forgive("ERR_INTERNET", "WebSocket", "htmx:sendError", "htmx:afterRequest")


def test_a_task_is_added_right_in_its_column(
    look: Look, alice: Membership, bob: Membership
) -> None:
    create_task(actor=alice.actor, title="There already")
    mine, theirs = look(alice), look(bob)
    page = mine.open("/board/", live=True)
    theirs.open("/board/", live=True)
    page.locator('[data-quick-add="inbox"]').click()
    page.keyboard.type("Buy rope")
    page.keyboard.press("Enter")
    page.keyboard.type("Buy tar")
    page.keyboard.press("Enter")
    for screen in (mine, theirs):
        expect(screen.page.locator(f"{column('inbox')} h3")).to_have_text(
            ["There already", "Buy rope", "Buy tar"]
        )


def test_each_line_of_a_list_becomes_a_task_and_what_is_refused_is_given_back(
    look: Look, alice: Membership
) -> None:
    create_task(actor=alice.actor, title="There already")
    screen = look(alice)
    page = screen.open("/board/", live=True)
    page.locator('[data-quick-add="inbox"]').click()
    field = page.get_by_label("Title of the new task")
    field.fill(f"Buy rope\n\n{'x' * 201}\n  Buy tar")
    page.keyboard.press("Enter")
    expect(page.locator(f"{column('inbox')} h3")).to_have_text(
        ["There already", "Buy rope", "Buy tar"]
    )
    expect(field).to_have_value("x" * 201)
    expect(page.locator("#toaster")).to_contain_text("200")
    screen.forgive("422", "409", "400")


def test_a_board_that_is_loaded_anew_keeps_what_is_being_typed(
    look: Look, alice: Membership, tasks: list[Task]
) -> None:
    page = look(alice).open("/board/", live=True)
    page.locator('[data-quick-add="inbox"]').click()
    page.keyboard.type("Buy ro")
    delete_task(actor=alice.actor, task=tasks[0])
    expect(page.locator(".task")).to_have_count(len(tasks) - 1)
    page.keyboard.type("pe")
    page.keyboard.press("Enter")
    expect(page.locator(f"{column('inbox')} h3").last).to_have_text("Buy rope")


def carry_twice(page: Page, task: Task) -> Route:
    """Carry a card two columns on. Returns the first request, which is still on its way."""
    sent = hold_request(page, "**/move/")
    page.locator(f"{card(task)} .cover").focus()
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Alt+ArrowRight")
    until(page, lambda: sent)
    page.wait_for_timeout(200)
    assert len(sent) == 1, "the second waits for the first"
    return sent[0]


def test_moves_on_their_way_at_once_are_made_in_their_order(
    look: Look, alice: Membership, tasks: list[Task]
) -> None:
    assign_task(actor=alice.actor, task=tasks[0], assignees=[alice.actor])
    page = look(alice).open("/board/", live=True)
    first = carry_twice(page, tasks[0])
    expect(page.locator(f"{column('review')} .task")).to_have_count(1)
    first.continue_()
    expect(page.locator("#toaster")).to_contain_text("is in Review")
    expect(page.locator(f"{column('review')} .task")).to_have_count(1)
    tasks[0].refresh_from_db()
    assert tasks[0].status == "review"


def test_a_refused_move_does_not_undo_the_one_after_it(
    look: Look, alice: Membership, tasks: list[Task]
) -> None:
    screen = look(alice)
    page = screen.open("/board/", live=True)
    carry_twice(page, tasks[0]).continue_()
    expect(page.locator("#toaster")).to_contain_text("No agent can take work now")
    expect(page.locator("#toaster")).to_contain_text("is in In progress")
    expect(page.locator(f"{column('in_progress')} .task")).to_have_count(1)
    expect(page.locator(".task")).to_have_count(len(tasks))
    screen.forgive("409")


def test_a_board_that_is_being_loaded_anew_is_once_more_when_that_is_old(
    look: Look, alice: Membership, tasks: list[Task]
) -> None:
    page = look(alice).open("/board/", live=True)
    held = hold_answer(page, "**/board/")
    delete_task(actor=alice.actor, task=tasks[0])
    until(page, lambda: held)
    delete_task(actor=alice.actor, task=tasks[1])
    delete_task(actor=alice.actor, task=tasks[2])
    page.wait_for_timeout(200)
    route, answer = held[0]
    route.fulfill(response=answer)
    expect(page.locator(".task")).to_have_count(0)


def test_the_filter_hides_what_does_not_fit_and_keeps_it_hidden_live(
    look: Look, alice: Membership, tasks: list[Task]
) -> None:
    page = look(alice).open("/board/", live=True)
    page.keyboard.press("/")
    page.keyboard.type("mast")
    expect(page.locator(".task")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/board/\?q=mast$"))
    move_task(actor=alice.actor, task=tasks[0], status="in_progress")
    move_task(actor=alice.actor, task=tasks[1], status="in_progress")
    expect(page.locator(f"{column('in_progress')} .task")).to_have_count(1)
    expect(page.locator(".task")).to_have_count(1)


def test_several_cards_are_moved_at_once(look: Look, alice: Membership, tasks: list[Task]) -> None:
    page = look(alice).open("/board/", live=True)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-bulk-count]")).to_have_text("2 selected")
    page.locator('[data-bulk="priority"]').select_option("3")
    expect(page.locator("#toaster")).to_contain_text("2 tasks changed")
    expect(page.locator("#bulk")).to_be_hidden()
    assert Task.objects.filter(priority=3).count() == 2


def test_lanes_show_who_has_what(look: Look, alice: Membership, tasks: list[Task]) -> None:
    move_task(actor=alice.actor, task=tasks[0], status="in_progress")
    page = look(alice).open("/board/", live=True)
    page.locator("label:has([name=lanes])").click()
    expect(page.locator('.lane[aria-label="alice"] .task')).to_have_count(1)
    expect(page.locator('.lane[aria-label="Nobody yet"] .task')).to_have_count(2)


@pytest.mark.parametrize("size", [PHONE, TABLET], ids=["phone", "tablet"])
def test_nothing_sticks_out_of_a_small_screen(
    look: Look, alice: Membership, tasks: list[Task], size: tuple[int, int]
) -> None:
    screen = look(alice, size=size)
    screen.open("/board/", live=True)
    assert screen.overflow() <= 0
    screen.page.locator("[data-side-open]").click()
    expect(screen.page.get_by_role("link", name="Roadmap import")).to_be_visible()
    screen.page.keyboard.press("Escape")
    expect(screen.page.locator("#side")).not_to_be_visible()


def test_a_phone_shows_one_column_and_a_strip_to_choose(
    look: Look, alice: Membership, tasks: list[Task]
) -> None:
    page = look(alice, size=PHONE).open("/board/", live=True)
    page.locator('[data-column-tab="done"]').click()
    expect(page.locator('[data-column-tab="done"]')).to_have_attribute("aria-selected", "true")
    expect(page.locator("#column-done")).to_be_in_viewport()
    expect(page.locator("#column-inbox")).not_to_be_in_viewport()


def test_who_may_only_look_finds_no_handles(
    look: Look, viewer: Membership, tasks: list[Task]
) -> None:
    page = look(viewer).open("/board/", live=True)
    expect(page.locator("[data-quick-add]")).to_have_count(0)
    expect(page.locator("#bulk")).to_have_count(0)


def test_an_empty_board_offers_the_first_task_where_there_is_no_keyboard(
    look: Look, alice: Membership
) -> None:
    screen = look(alice, size=PHONE)
    page = screen.open("/board/")
    page.get_by_role("main").get_by_role("link", name="Write a task").tap()
    page.get_by_label("Title").fill("Lay the keel")
    page.get_by_role("button", name="Create task").tap()
    expect(page.get_by_text("Lay the keel").first).to_be_visible()
    assert screen.overflow() == 0


def test_a_phone_begins_at_the_first_column_that_holds_something(
    look: Look, alice: Membership, tasks: list[Task]
) -> None:
    more = [create_task(actor=alice.actor, title=f"Plank {number}") for number in range(12)]
    for task in [*tasks, *more]:
        move_task(actor=alice.actor, task=task, status=Task.Status.IN_PROGRESS)
    page = look(alice, size=PHONE).open("/board/")
    expect(page.locator("#column-in_progress article").first).to_be_in_viewport(ratio=0.9)
    expect(page.get_by_role("tab", selected=True)).to_contain_text("In progress")
    expect(page.get_by_role("searchbox").first).to_be_in_viewport(ratio=1)
    page.get_by_role("tab", name="Inbox").tap()
    expect(page.get_by_text("New tasks land here")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("searchbox").first).to_be_in_viewport(ratio=1)
