"""Every page of the menu, small and wide, light and dark.

Nothing complains, nothing sticks out, every control has a name, all words can be read, and
no heading is left out between one and the next.
"""

from itertools import pairwise
from pathlib import Path

import pytest

from accounts.models import Membership
from documents.actions import create_document
from tasks.actions import assign_task, create_task, post_message
from tests.ui.conftest import Look
from tests.ui.stage import PHONE, WIDE

# Of those that a screen reader tells of, in their order.
HEADINGS = """all => all
  .filter(one => one.checkVisibility() && !one.closest("[aria-hidden=true]"))
  .map(one => Number(one.tagName[1]))"""
LEGIBLE = (Path(__file__).parent / "legible.js").read_text()


@pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (WIDE, False)], ids=["phone", "wide"])
def test_every_page_of_the_menu_is_in_order(
    look: Look, alice: Membership, agents: object, size: tuple[int, int], dark: bool
) -> None:
    for index in range(4):
        task = create_task(
            actor=alice.actor,
            title=f"A task with quite a long title that goes on, number {index}",
            checklist=["One", "Two"],
        )
        assign_task(actor=alice.actor, task=task)
        post_message(actor=alice.actor, task=task, body="Look, @technical: `x` and **y**.")
        create_document(actor=alice.actor, title=f"Plan {index}", content="# A plan", task=task)
    screen = look(alice, size=size, dark=dark)
    page = screen.open("/board/")
    links = page.eval_on_selector_all("#side nav a", "links => links.map(a => a.pathname)")
    places = sorted({*links, "/tasks/1/", "/tasks/new/", "/working/edit/"} - {"/admin/"})
    assert len(places) >= 6
    for place in places:
        screen.open(place)
        assert page.locator("h1").first.inner_text().strip(), place
        assert screen.overflow() <= 0, place
        assert page.evaluate(LEGIBLE) == [], place
        levels = page.eval_on_selector_all("h1, h2, h3, h4, h5, h6", HEADINGS)
        assert all(below - above <= 1 for above, below in pairwise(levels)), (place, levels)
        assert not screen.complaints, (place, screen.complaints)
