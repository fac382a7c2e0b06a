"""A task in a real browser: beside the board, edited in place, talked about by two."""

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import Route, expect

from accounts.models import Actor, Membership
from agents.actions import halt_workspace, pause_agent
from documents.actions import create_document
from tasks.actions import (
    add_dependency,
    add_evidence,
    assign_task,
    create_task,
    delete_task,
    edit_task,
    move_task,
    post_message,
)
from tasks.models import Message, Task
from tests.ui.conftest import Look
from tests.ui.stage import PHONE, hold_request, until

BOARD = re.compile(r"/board/$")


@pytest.fixture
def task(alice: Membership) -> Task:
    return create_task(
        actor=alice.actor,
        title="Lay the keel",
        description="Of **oak**.\n\n```python\nsaw(3)\n```",
        criteria=["It floats"],
        checklist=["Saw", "Nail"],
    )


def test_a_card_opens_its_task_beside_the_board_and_back_closes_it(
    look: Look, alice: Membership, task: Task
) -> None:
    page = look(alice).open("/board/", live=True)
    page.get_by_role("link", name="Lay the keel").click()
    drawer = page.locator("#drawer")
    expect(drawer.get_by_role("heading", name="Lay the keel")).to_be_visible()
    expect(page).to_have_url(f"{page.url.split('/tasks')[0]}/tasks/{task.number}/")
    page.go_back()
    expect(drawer).not_to_have_attribute("open", "")
    expect(page.locator(f"#task-{task.number}")).to_be_visible()
    page.locator(f"#task-{task.number} .cover").focus()
    page.keyboard.press("Enter")
    expect(drawer.get_by_role("heading", name="Lay the keel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).not_to_have_attribute("open", "")
    expect(page).to_have_url(BOARD)


def test_a_word_without_end_stays_within_the_page(look: Look, alice: Membership) -> None:
    word = "Donaudampfschifffahrt" * 9
    task = create_task(
        actor=alice.actor, title=word, description=word, criteria=[word], checklist=[word]
    )
    move_task(actor=alice.actor, task=task, status=Task.Status.IN_PROGRESS)
    document = create_document(actor=alice.actor, title=word, content=word, task=task)
    add_evidence(actor=alice.actor, task=task, summary=word, document=document)
    post_message(actor=alice.actor, task=task, body=word)
    screen = look(alice, size=PHONE)
    for path in (f"/tasks/{task.number}/", "/board/", "/documents/", f"/documents/{document.pk}/"):
        screen.open(path)
        assert screen.overflow() == 0, path


def test_what_is_called_off_before_it_came_leaves_no_address(
    look: Look, alice: Membership, task: Task
) -> None:
    screen = look(alice)
    page = screen.open("/board/", live=True)
    waiting: list[Route] = []
    page.route(f"**/tasks/{task.number}/", lambda route: waiting.append(route))
    drawer = page.locator("#drawer")
    for call_off in (lambda: page.keyboard.press("Escape"), page.go_back):
        page.locator(f"#task-{task.number} .cover").focus()
        with page.expect_request("**/tasks/*/") as asked:
            page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(rf"/tasks/{task.number}/$"))
        with page.expect_event("requestfailed", lambda request: request == asked.value):
            call_off()
        expect(page).to_have_url(BOARD)
        expect(drawer).not_to_have_attribute("open", "")
    page.unroute_all(behavior="ignoreErrors")
    screen.forgive("htmx:afterRequest", "htmx:sendAbort")


def test_the_address_and_the_drawer_agree_however_fast_one_types(
    look: Look, alice: Membership, task: Task
) -> None:
    other = create_task(actor=alice.actor, title="Cut the sails")
    page = look(alice).open("/board/", live=True)
    drawer = page.locator("#drawer")
    page.locator(f"#task-{task.number} .cover").focus()
    page.keyboard.press("Enter")
    expect(drawer.get_by_role("heading", name="Lay the keel")).to_be_visible()
    # In one turn of the page: closed, and another one asked for before the history went back.
    page.evaluate(
        """number => {
            document.getElementById('drawer').close();
            document.querySelector(`#task-${number} .cover`).click();
        }""",
        other.number,
    )
    expect(drawer.get_by_role("heading", name="Cut the sails")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"/tasks/{other.number}/$"))
    page.keyboard.press("Escape")
    expect(drawer).not_to_have_attribute("open", "")
    expect(page).to_have_url(BOARD)


def test_a_task_that_is_gone_opens_no_drawer(look: Look, alice: Membership, task: Task) -> None:
    screen = look(alice)
    page = screen.open("/board/", live=True)
    page.route(f"**/tasks/{task.number}/", lambda route: route.fulfill(status=404, body="gone"))
    page.get_by_role("link", name="Lay the keel").click()
    expect(page.locator("#toaster")).to_contain_text("not there any more")
    expect(page).to_have_url(BOARD)
    expect(page.locator("#drawer")).not_to_have_attribute("open", "")
    screen.forgive("404")


def test_what_one_writes_the_other_reads_at_once(
    look: Look, alice: Membership, bob: Membership, task: Task
) -> None:
    mine, theirs = look(alice), look(bob)
    mine.open(f"/tasks/{task.number}/", live=True)
    theirs.open(f"/tasks/{task.number}/", live=True)
    mine.page.locator("#composer-body").fill("Oak it is.")
    mine.page.keyboard.press("Control+Enter")
    expect(theirs.page.locator(".message")).to_contain_text("Oak it is.")
    expect(mine.page.locator("#composer-body")).to_have_value("")
    theirs.page.locator(".message").hover()
    theirs.page.locator(".message [data-reply]").click()
    expect(theirs.page.locator(".composer-reply")).to_contain_text("Replying to alice")
    theirs.page.keyboard.type("Good.")
    theirs.page.keyboard.press("Control+Enter")
    expect(mine.page.locator(".replies .message")).to_contain_text("Good.")


def test_a_half_written_message_survives_what_others_do(
    look: Look, alice: Membership, bob: Membership, task: Task
) -> None:
    page = look(alice).open(f"/tasks/{task.number}/", live=True)
    page.locator("#composer-body").fill("I was about to say")
    post_message(actor=bob.actor, task=task, body="Me first.")
    expect(page.locator(".message")).to_contain_text("Me first.")
    expect(page.locator("#composer-body")).to_have_value("I was about to say")


def test_an_open_editor_is_not_swapped_away(
    look: Look, alice: Membership, bob: Membership, task: Task
) -> None:
    screen = look(alice)
    page = screen.open(f"/tasks/{task.number}/", live=True)
    page.keyboard.press("e")
    page.locator("#edit-description").fill("Of elm.")
    edit_task(actor=bob.actor, task=task, description="Of ash.")
    move_task(actor=bob.actor, task=task, status="in_progress")
    expect(page.locator("#part-side .glyph").first).to_have_attribute("data-tone", "amber")
    expect(page.locator("#edit-description")).to_have_value("Of elm.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#edit-theirs")).to_have_value("Of ash.")
    expect(page.locator("#edit-description")).to_have_value("Of elm.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#part-head .prose")).to_have_text("Of elm.")
    screen.forgive("422")


def test_an_open_editor_outlives_what_oneself_does_beside_it(
    look: Look, alice: Membership, task: Task
) -> None:
    page = look(alice).open(f"/tasks/{task.number}/", live=True)
    page.keyboard.press("e")
    page.locator("#edit-description").fill("Of elm.")
    page.get_by_label("Saw").check()
    expect(page.locator("#part-body .count").last).to_have_text("1/2")
    expect(page.locator("#edit-description")).to_have_value("Of elm.")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#part-head .prose")).to_contain_text("Of oak.")


def test_an_at_sign_offers_who_is_there(
    look: Look, alice: Membership, agents: object, task: Task
) -> None:
    page = look(alice).open(f"/tasks/{task.number}/", live=True)
    page.locator("#composer-body").click()
    page.keyboard.type("Please, @tec")
    expect(page.locator(".suggest [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#composer-body")).to_have_value("Please, @technical ")
    page.keyboard.type("saw.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message")).to_contain_text("@technical")
    assert Message.objects.get().mentions.get().actor.handle == "technical"


def test_a_review_is_given_on_the_page(look: Look, alice: Membership, task: Task) -> None:
    move_task(actor=alice.actor, task=task, status="review", reason="Looks dry.")
    page = look(alice).open(f"/tasks/{task.number}/", live=True)
    expect(page.locator(".review")).to_contain_text("Looks dry.")
    page.get_by_label("It floats").check()
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".why")).to_contain_text("TASK-001 is done")
    expect(page.locator(".review")).to_have_count(0)


def test_small_changes_are_made_in_their_place(
    look: Look, alice: Membership, bob: Membership, task: Task
) -> None:
    screen = look(alice)
    page = screen.open(f"/tasks/{task.number}/", live=True)
    page.get_by_label("Saw").check()
    expect(page.locator("#checklist-title")).to_contain_text("1/2")
    page.get_by_label("Priority", exact=True).select_option("3")
    expect(page.locator('#part-side [aria-label="Urgent priority"]')).to_be_visible()
    page.locator("#assign-button").click()
    page.locator("#assign-popover").get_by_text("bob").click()
    page.locator("#assign-popover").get_by_role("button", name="Assign").click()
    expect(page.locator("#part-head .why")).to_contain_text("@bob")
    page.get_by_label("Add a task that this one waits for").fill("TASK-001")
    page.keyboard.press("Enter")
    expect(page.locator("#toaster")).to_contain_text("cannot wait for itself")
    screen.forgive("400")


def test_among_many_one_is_found_by_name_and_who_was_ticked_stays(
    look: Look, alice: Membership, task: Task
) -> None:
    for number in range(12):
        handle, name = f"hand-{number}", f"Hand {number}"
        Actor.objects.create(workspace=alice.workspace, kind="agent", handle=handle, name=name)
    page = look(alice).open(f"/tasks/{task.number}/", live=True)
    page.locator("#assign-button").click()
    picker = page.locator("#assign-popover .picker")
    picker.get_by_role("checkbox", name="Hand 3").check()
    search = picker.get_by_role("searchbox")
    search.fill("hand 11")
    expect(picker.get_by_role("checkbox")).to_have_count(2)
    search.press("Enter")
    picker.get_by_role("checkbox", name="Hand 11").check()
    search.fill("")
    expect(picker.get_by_role("checkbox")).to_have_count(13)
    expect(picker.locator(":checked")).to_have_count(2)
    page.locator("#assign-popover").get_by_role("button", name="Assign").click()
    names = page.locator("#part-side .props li")
    expect(names.filter(has_text="Hand 3")).to_be_visible()
    expect(names.filter(has_text="Hand 11")).to_be_visible()
    assert {actor.handle for actor in task.assignees.all()} == {"hand-3", "hand-11"}


def test_a_phone_shows_a_task_without_sideways_scrolling(
    look: Look, alice: Membership, task: Task
) -> None:
    post_message(actor=alice.actor, task=task, body="x" * 300 + " " + "`" + "y" * 200 + "`")
    screen = look(alice, size=PHONE)
    screen.open(f"/tasks/{task.number}/", live=True)
    assert screen.overflow() <= 0


def test_hostile_words_neither_run_nor_call_home(look: Look, alice: Membership, task: Task) -> None:
    words = (
        "<img src=http://evil.example/x.png onerror=alert(1)> ![x](http://evil.example/y.png) "
        '<svg onload=alert(1)> <a href="javascript:alert(1)">x</a> '
        "<style>body{display:none}</style>"
    )
    edit_task(actor=alice.actor, task=task, description=words, title="<b onclick=alert(1)>Keel")
    post_message(actor=alice.actor, task=task, body=words)
    screen = look(alice)
    screen.page.on("dialog", lambda dialog: screen.complaints.append(dialog.message))
    screen.open(f"/tasks/{task.number}/", live=True)
    expect(screen.page.locator("#part-head h2")).to_have_text("<b onclick=alert(1)>Keel")
    screen.open("/board/", live=True)


@pytest.mark.parametrize("old_browser", [False, True])
def test_subtasks_typed_in_a_row_are_there_in_their_order(
    look: Look, alice: Membership, bob: Membership, old_browser: bool
) -> None:
    task = create_task(actor=alice.actor, title="Rig the ship")
    mine, theirs = look(alice), look(bob)
    if old_browser:
        mine.page.add_init_script("delete Element.prototype.moveBefore")
    page = mine.open(f"/tasks/{task.number}/", live=True)
    theirs.open(f"/tasks/{task.number}/", live=True)
    page.get_by_label("Add a subtask").click()
    for title in ["Buy rope", "Buy tar", "Buy pitch"]:
        page.keyboard.type(title)
        page.keyboard.press("Enter")
    for screen in (theirs, mine):
        expect(screen.page.locator("#part-body .tasklist a")).to_have_text(
            ["Buy rope", "Buy tar", "Buy pitch"]
        )
    page.keyboard.type("Buy oakum")
    expect(page.get_by_label("Add a subtask")).to_have_value("Buy oakum")


def test_what_is_written_while_a_message_is_on_its_way_stays_and_follows_it(
    look: Look, alice: Membership, task: Task
) -> None:
    page = look(alice).open(f"/tasks/{task.number}/", live=True)
    sent = hold_request(page, "**/messages/")
    page.locator("#composer-body").fill("Oak it is.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#composer-body")).to_have_value("")
    page.keyboard.type("Or elm.")
    page.keyboard.press("Control+Enter")
    page.keyboard.type("Or")
    until(page, lambda: sent)
    page.wait_for_timeout(200)
    assert len(sent) == 1, "the second waits for the first"
    sent[0].continue_()
    expect(page.locator(".message .prose")).to_have_text(["Oak it is.", "Or elm."])
    expect(page.locator("#composer-body")).to_have_value("Or")


def test_a_message_that_is_refused_stands_in_the_form_again(
    look: Look, alice: Membership, task: Task
) -> None:
    question = post_message(actor=alice.actor, task=task, body="Which wood?")
    screen = look(alice)
    page = screen.open(f"/tasks/{task.number}/", live=True)
    sent = hold_request(page, "**/messages/")
    page.locator(".message").hover()
    page.locator(".message [data-reply]").click()
    page.locator("#composer-body").fill("Oak it is.")
    page.locator("[name=files]").set_input_files(
        {"name": "oak.txt", "mimeType": "text/plain", "buffer": b"oak"}
    )
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-files]")).to_be_empty()
    expect(page.locator(".composer-reply")).to_be_hidden()
    page.locator("#composer-body").type("Or elm.")
    until(page, lambda: sent)
    sent[0].abort()
    expect(page.locator("#composer-body")).to_have_value("Oak it is.\nOr elm.")
    expect(page.locator("[data-files]")).to_have_text("oak.txt")
    expect(page.locator(".composer-reply")).to_contain_text("Replying to alice")
    page.locator("#composer-body").press("Control+Enter")
    expect(page.locator(".replies .message")).to_contain_text("Or elm.")
    assert Message.objects.exclude(pk=question.pk).get().reply_to == question
    expect(page.locator(".replies .message")).to_contain_text("oak.txt")
    screen.forgive("ERR_FAILED", "htmx:sendError", "htmx:afterRequest")


def test_a_message_goes_out_though_its_drawer_was_closed(
    look: Look, alice: Membership, task: Task
) -> None:
    page = look(alice).open("/board/", live=True)
    page.get_by_role("link", name="Lay the keel").click()
    sent = hold_request(page, "**/messages/")
    for words in ["Oak it is.", "Or elm."]:
        page.locator("#composer-body").fill(words)
        page.keyboard.press("Control+Enter")
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).not_to_have_attribute("open", "")
    until(page, lambda: sent)
    with page.expect_response(lambda reply: len(sent) == 2 and reply.request == sent[1].request):
        sent[0].continue_()
    page.goto(f"/tasks/{task.number}/")
    expect(page.locator(".message .prose")).to_have_text(["Oak it is.", "Or elm."])


def test_what_is_refused_after_its_drawer_was_closed_is_told(
    look: Look, alice: Membership, task: Task
) -> None:
    screen = look(alice)
    page = screen.open("/board/", live=True)
    page.get_by_role("link", name="Lay the keel").click()
    sent = hold_request(page, "**/messages/")
    page.locator("#composer-body").fill("Oak it is.")
    page.keyboard.press("Control+Enter")
    until(page, lambda: sent)
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).not_to_have_attribute("open", "")
    sent[0].abort()
    expect(page.locator("#toaster")).to_contain_text("What you wrote was not sent")
    screen.forgive("ERR_FAILED", "htmx:sendError", "htmx:afterRequest")


def test_a_task_is_shown_to_all_as_those_that_it_belongs_with_are(
    look: Look, alice: Membership, bob: Membership, task: Task
) -> None:
    child = create_task(actor=alice.actor, title="Cut the oak", parent=task)
    needed = create_task(actor=alice.actor, title="Fell the oak")
    page = look(alice).open(f"/tasks/{task.number}/", live=True)
    move_task(actor=bob.actor, task=child, status="in_progress")
    expect(page.locator("#part-body .tasklist .glyph")).to_have_attribute("data-tone", "amber")
    add_dependency(actor=bob.actor, task=task, needs=needed)
    expect(page.locator("#part-side .tasklist a")).to_have_text(["Fell the oak"])
    move_task(actor=bob.actor, task=needed, status="in_progress")
    expect(page.locator("#part-side .tasklist .glyph")).to_have_attribute("data-tone", "amber")
    later = create_task(actor=bob.actor, title="Raise the mast", depends_on=[task])
    expect(page.locator("#part-side .tasklist a")).to_have_text(["Fell the oak", later.title])
    expect(page.locator("#part-head .why")).to_contain_text("waits for its subtasks")
    delete_task(actor=alice.actor, task=child)
    expect(page.locator("#part-head .why")).to_contain_text(needed.key)
    delete_task(actor=alice.actor, task=needed)
    expect(page.locator("#part-body .tasklist a")).to_have_count(0)
    expect(page.locator("#part-side .tasklist a")).to_have_text([later.title])


def test_the_page_of_a_task_that_is_deleted_says_so_once(
    look: Look, alice: Membership, bob: Membership, task: Task
) -> None:
    screen = look(alice)
    page = screen.open(f"/tasks/{task.number}/", live=True)
    delete_task(actor=bob.actor, task=task)
    expect(page.locator("#toaster .toast")).to_have_count(1)
    expect(page.locator("#toaster")).to_contain_text("There is no task 1 here")
    page.wait_for_timeout(300)
    expect(page.locator("#toaster .toast")).to_have_count(1)
    screen.forgive("404")


def test_why_a_task_waits_is_told_anew_when_that_changes_elsewhere(
    look: Look, alice: Membership, agents: SimpleNamespace, task: Task
) -> None:
    assign_task(actor=alice.actor, task=task, assignees=[agents.technical.actor])
    page = look(alice).open(f"/tasks/{task.number}/", live=True)
    why = page.locator("#part-head .why")
    pause_agent(actor=alice.actor, agent=agents.technical)
    expect(why).to_contain_text("is paused")
    halt_workspace(actor=alice.actor)
    expect(why).to_contain_text("Everything is stopped")
