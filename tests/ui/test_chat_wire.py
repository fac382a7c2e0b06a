"""Chat over the wire in a real browser: the tab is closed, the line is cut, nothing is lost."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connections
from playwright.sync_api import Page

from accounts.models import Membership
from agents.loop import work_off
from conversations.actions import start_conversation
from modules.models import AIModel, Call
from tests.modules.wire.conftest import Dialect, at, dialect  # noqa: F401 - a fixture
from tests.modules.wire.servers import Aimock, why_no_aimock
from tests.ui.conftest import Look

pytestmark = pytest.mark.wire

FIXTURES = Path(__file__).with_name("wire.json")
STORY = json.loads(FIXTURES.read_text())["fixtures"][0]["response"]["content"]
# Keeps every socket at hand, so that the line can be cut as a network would.
SOCKETS = """
const Real = window.WebSocket;
window.sockets = [];
window.WebSocket = class extends Real {
  constructor(...all) {
    super(...all);
    if (this.url.includes("/conversations/")) window.sockets.push(this);
  }
};
"""


@pytest.fixture(scope="module")
def slowly() -> Iterator[Aimock]:
    """A provider that says its story in small pieces, a few hundred of them."""
    if reason := why_no_aimock():
        pytest.skip(reason)
    server = Aimock(FIXTURES)
    yield server
    server.stop()


@pytest.fixture
def worker() -> Iterator[Callable[[], threading.Thread]]:
    """Starts a worker beside the test, as another process would be."""
    threads: list[threading.Thread] = []

    def work() -> None:
        try:
            work_off(1)
        finally:
            connections.close_all()

    def start() -> threading.Thread:
        threads.append(threading.Thread(target=work, name="worker"))
        threads[-1].start()
        return threads[-1]

    yield start
    for thread in threads:
        thread.join(180)


def read(page: Page, more_than: int) -> int:
    """Wait until more words than so many characters are there; how many there are then."""
    page.wait_for_function(
        "least => (document.querySelector('[data-words]')?.textContent.length ?? 0) > least",
        arg=more_than,
    )
    length: int = page.evaluate("document.querySelector('[data-words]').textContent.length")
    return length


def test_a_closed_tab_and_a_line_cut_three_times_lose_nothing(
    look: Look,
    alice: Membership,
    agents: SimpleNamespace,
    dialect: Dialect,  # noqa: F811
    slowly: Aimock,
    worker: Callable[[], threading.Thread],
) -> None:
    at(AIModel.objects.get(workspace=alice.workspace), dialect, slowly.url)
    before = slowly.calls("tell the long story")
    conversation = start_conversation(actor=alice.actor, agent=agents.technical)
    screen = look(alice)
    # A story of ten seconds takes a minute on a machine that is busy with other things.
    screen.context.set_default_timeout(180_000)
    screen.context.add_init_script(SOCKETS)
    page = screen.open(f"/chat/{conversation.pk}/", live=True)
    page.fill("#chat-words", "tell the long story")
    page.click("#chat-buttons button[type=submit]")
    page.wait_for_selector('.turn[data-state="streaming"]')
    at_work = worker()
    read(page, 0)
    page.close()

    page = screen.context.new_page()
    page.goto(f"/chat/{conversation.pk}/")
    length = read(page, 0)
    assert length < len(STORY)
    for cut in range(1, 4):
        page.evaluate("window.sockets.at(-1).close()")
        page.wait_for_function("n => window.sockets[n]?.readyState === 1", arg=cut)
        assert page.locator('.turn[data-state="streaming"]').count() == 1
        length = read(page, length)
    assert at_work.is_alive()
    page.wait_for_selector('.turn[data-state="done"][data-by="agent"]')
    at_work.join(180)
    assert page.evaluate("window.sockets.length") == 4

    said = page.locator('.turn[data-by="agent"] .prose')
    assert said.count() == 1
    assert said.inner_text().strip() == STORY
    turn = conversation.turns.get(role="agent")
    assert (turn.state, turn.content, turn.tries) == ("done", STORY, 1)
    assert conversation.turns.count() == 2
    assert Call.objects.count() == 1
    assert slowly.calls("tell the long story") - before == 1
