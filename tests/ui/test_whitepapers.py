"""Papers in a browser: small and wide, light and dark, with and without an account."""

import pytest
from playwright.sync_api import expect

from accounts.models import Membership
from tests.ui.conftest import Look
from tests.ui.stage import PHONE, WIDE
from whitepapers.actions import publish_whitepaper
from whitepapers.models import Whitepaper
from whitepapers.seeding import seed_papers


@pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (WIDE, False)], ids=["phone", "wide"])
def test_the_screens_of_papers_are_in_order(
    look: Look, alice: Membership, size: tuple[int, int], dark: bool
) -> None:
    seed_papers(alice.workspace)
    paper = Whitepaper.objects.get(slug="reliability")
    publish_whitepaper(actor=alice.actor, paper=paper, public=True)
    screen = look(alice, size=size, dark=dark)
    for place in ("", "reliability/", "reliability/edit/", "reliability/versions/1/", "new/"):
        page = screen.open(f"/whitepapers/{place}")
        assert page.locator("h1").first.inner_text().strip(), place
        assert screen.overflow() <= 0, place


def test_a_reader_without_an_account_follows_the_contents(look: Look, alice: Membership) -> None:
    seed_papers(alice.workspace)
    paper = Whitepaper.objects.get(slug="reliability")
    publish_whitepaper(actor=alice.actor, paper=paper, public=True)
    screen = look(None)
    page = screen.open(f"/papers/{alice.workspace.slug}/reliability/")

    page.get_by_role("link", name="Poison").click()

    heading = page.get_by_role("heading", name="Poison").element_handle()
    page.wait_for_function("one => one.getBoundingClientRect().top < 400", arg=heading)
    pictures = page.locator("figure img")
    expect(pictures).to_have_count(3)
    for index in range(3):
        pictures.nth(index).scroll_into_view_if_needed()
        # They are loaded as one comes near them.
        picture = pictures.nth(index).element_handle()
        page.wait_for_function("one => one.complete && one.naturalWidth > 0", arg=picture)
