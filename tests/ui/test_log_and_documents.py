"""The feed as it grows, and documents as they are written."""

import re

from playwright.sync_api import Dialog, expect

from accounts.models import Membership
from activity.log import logged, record
from documents.actions import create_document, edit_document
from documents.models import Document
from tests.ui.conftest import Look
from tests.ui.stage import PHONE, hold_answer, until


def note(member: Membership, message: str) -> None:
    with logged():
        record(actor=member.actor, verb="task.edited", message=message)


def test_the_feed_grows_at_both_ends(look: Look, alice: Membership) -> None:
    for number in range(120):
        note(alice, f"entry {number}")
    page = look(alice).open("/activity/", live=True)
    entries = page.locator(".entry")
    expect(entries).to_have_count(50)

    note(alice, "brand new")
    expect(entries.first).to_contain_text("brand new")
    expect(entries).to_have_count(51)

    for so_far in (101, 121):
        page.locator(".main").evaluate("main => main.scrollTo(0, main.scrollHeight)")
        expect(entries).to_have_count(so_far)
    numbers = [int(one.get_attribute("id").split("-")[1]) for one in entries.all()]  # type: ignore[union-attr]
    assert numbers == sorted(set(numbers), reverse=True)


def test_the_filter_narrows_and_news_obey_it(look: Look, alice: Membership) -> None:
    note(alice, "about paint")
    note(alice, "about rope")
    page = look(alice).open("/activity/", live=True)
    page.get_by_placeholder("Filter by words").fill("paint")
    expect(page.locator(".entry")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?q=paint$"))

    note(alice, "more rope")
    note(alice, "more paint")
    expect(page.locator(".entry")).to_have_count(2)
    expect(page.locator(".entry").first).to_contain_text("more paint")


def test_what_happens_while_news_are_on_their_way_is_not_left_out(
    look: Look, alice: Membership
) -> None:
    note(alice, "an old one")
    page = look(alice).open("/activity/", live=True)
    held = hold_answer(page, "**/activity/?after=*")
    note(alice, "the first")
    until(page, lambda: held)
    page.evaluate(
        """document.addEventListener("mc:event", () => (document.body.dataset.heard = 1))"""
    )
    note(alice, "the second")
    page.wait_for_selector("body[data-heard]")
    page.wait_for_timeout(300)
    route, answer = held[0]
    route.fulfill(response=answer)
    expect(page.locator(".entry")).to_contain_text(["the second", "the first"])


def test_a_document_is_written_beside_its_preview(look: Look, alice: Membership) -> None:
    page = look(alice).open("/documents/new/")
    page.get_by_label("Title").fill("Tides")
    page.get_by_label("Text").fill("**high** at noon\n\n```python\nx = 1\n```")

    expect(page.locator("#preview strong")).to_have_text("high")
    expect(page.locator("#preview .highlight")).to_be_visible()
    page.get_by_role("button", name="Write it").click()

    expect(page.locator("#document h2")).to_have_text("Tides")
    expect(page.locator("#document .prose strong")).to_have_text("high")


def test_a_document_that_is_read_is_always_the_newest(look: Look, alice: Membership) -> None:
    document = create_document(actor=alice.actor, title="Tides", content="one")
    page = look(alice).open(f"/documents/{document.pk}/", live=True)

    edit_document(actor=alice.actor, document=document, content="two", note="Counted again")

    expect(page.locator("#document .prose")).to_have_text("two")
    expect(page.locator(".versions")).to_contain_text("Counted again")


def test_an_old_version_comes_back_when_one_means_it(look: Look, alice: Membership) -> None:
    document = create_document(actor=alice.actor, title="Tides", content="the blue boat")
    edit_document(actor=alice.actor, document=document, content="the red boat")
    page = look(alice).open(f"/documents/{document.pk}/versions/2/")
    expect(page.locator(".compare .old mark")).to_have_text("blue")
    expect(page.locator(".compare .new mark")).to_have_text("red")
    page.get_by_role("link", name="Unified").click()
    expect(page.locator('.compare[data-view="one"]')).to_be_visible()

    page.goto(f"/documents/{document.pk}/?version=1")
    page.get_by_role("button", name="Restore this version").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Bring it back").click()

    expect(page.get_by_text("Version 1 is back")).to_be_visible()
    expect(page.locator("#document .prose")).to_have_text("the blue boat")
    document = Document.objects.get()
    assert document.version == 3


def test_nothing_in_a_text_runs_or_calls_home(look: Look, alice: Membership) -> None:
    document = create_document(
        actor=alice.actor,
        title="<img src=x onerror=alert(1)>",
        content="<script>document.title='owned'</script>\n\n![x](https://evil.example/x.png)\n\n"
        "[click](javascript:document.title='owned')\n\n<svg onload=alert(1)>",
    )
    screen = look(alice)
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    screen.page.on("dialog", dismiss)

    page = screen.open(f"/documents/{document.pk}/")
    page.get_by_text("click", exact=True).click()
    screen.open("/activity/")

    assert dialogs == []
    assert page.title() == "Activity · Mission Control"


def test_changes_can_be_read_on_a_phone_whichever_way_they_stand(
    look: Look, alice: Membership
) -> None:
    document = create_document(actor=alice.actor, title="Tides", content="High water is at noon.")
    edit_document(actor=alice.actor, document=document, content="High water is at one.")
    screen = look(alice, size=PHONE)
    for view in ("", "?view=one"):
        page = screen.open(f"/documents/{document.pk}/versions/2/{view}")
        line = page.locator(".compare .new").first.bounding_box()
        assert line is not None
        assert line["width"] > PHONE[0] / 2, view
