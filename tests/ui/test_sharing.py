"""A document that is shared, on both sides of the link."""

import re

from playwright.sync_api import Request, expect

from accounts.models import Membership
from documents.actions import create_document
from documents.models import Share
from tests.ui.conftest import Look


def test_a_stranger_reads_by_the_link_until_it_is_withdrawn(look: Look, alice: Membership) -> None:
    document = create_document(
        actor=alice.actor,
        title="Tides",
        content="low at **noon**\n\n![x](https://evil.example/x.png)\n\n<script>x</script>",
        visibility="private",
    )
    page = look(alice).open(f"/documents/{document.pk}/")
    page.get_by_role("link", name="Share").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Whom it is for").fill("The harbour master")
    dialog.get_by_role("button", name="Make a link").click()
    url = dialog.locator(".once code").inner_text()
    assert re.search(r"/shared/mc_share_[\w-]{40,}/$", url)

    stranger = look()
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    stranger.page.on("request", note)
    read = stranger.open(re.sub(r"^https?://[^/]+", "", url))
    expect(read.locator("h1")).to_have_text("Tides")
    expect(read.locator(".prose strong")).to_have_text("noon")
    expect(read.locator("nav, form, button")).to_have_count(0)
    home = url.split("/shared/")[0]
    assert [one for one in asked if not one.startswith((home, "data:"))] == []

    dialog.get_by_role("button", name="Withdraw The harbour master").click()
    expect(dialog.get_by_text("No link leads to it.")).to_be_visible()
    assert not Share.objects.exists()


def test_a_document_is_closed_and_shared_with_somebody(
    look: Look, alice: Membership, bob: Membership
) -> None:
    document = create_document(actor=alice.actor, title="Tides", content="low")
    page = look(alice).open(f"/documents/{document.pk}/")
    page.get_by_role("link", name="Share").click()
    dialog = page.locator("#dialog")

    dialog.get_by_role("button", name="Make it private").click()
    expect(dialog.get_by_text("Private: for you")).to_be_visible()
    dialog.get_by_label("Person").select_option(label="bob (@bob)")
    dialog.get_by_role("button", name="Share", exact=True).click()
    expect(dialog.get_by_label("What bob may do")).to_have_value("read")
    dialog.get_by_label("What bob may do").select_option("edit")

    theirs = look(bob).open("/documents/")
    expect(theirs.get_by_text("Private")).to_be_visible()
    theirs.get_by_role("link", name="Tides").click()
    expect(theirs.get_by_role("link", name="Edit", exact=True)).to_be_visible()
