"""A chat over the wire, read in a real browser: its tab is closed in the middle of an answer, and
the line of the next one is cut three times. The answer is stored once, and read whole."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connections

from accounts.models import Membership
from agents.loop import work_off
from conversations.actions import send_turn, start_conversation
from conversations.models import Turn
from modules.models import AIModel, Call
from tests.modules.wire.conftest import Dialect, at, dialect  # noqa: F401 - a fixture
from tests.modules.wire.servers import Aimock, why_no_aimock
from tests.ui.conftest import Look

pytestmark = pytest.mark.wire

LAMPS = " ".join(f"Lamp {number} burns green." for number in range(1, 76))
# Some twenty seconds, so that there is time for what happens meanwhile.
CHUNK, EVERY_MS = 6, 80
QUESTION = "Which lamps burn?"


@pytest.fixture(scope="module")
def speaker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aimock]:
    """A provider that takes its time to answer."""
    if reason := why_no_aimock():
        pytest.skip(reason)
    fixtures: Path = tmp_path_factory.mktemp("wire") / "slow.json"
    answer = {
        "match": {"userMessage": QUESTION},
        "response": {"content": LAMPS},
        "latency": EVERY_MS,
        "chunkSize": CHUNK,
    }
    fixtures.write_text(json.dumps({"fixtures": [answer]}))
    server = Aimock(fixtures)
    yield server
    server.stop()


@pytest.fixture
def worker() -> Iterator[Callable[[], threading.Thread]]:
    """A worker that does what there is to do, beside the browser."""
    started: list[threading.Thread] = []

    def work() -> None:
        try:
            work_off(1)
        finally:
            connections.close_all()

    def start() -> threading.Thread:
        started.append(threading.Thread(target=work, daemon=True))
        started[-1].start()
        return started[-1]

    yield start
    for thread in started:
        thread.join(60)


def test_a_tab_that_closes_and_a_line_that_breaks_lose_and_double_nothing(
    look: Look,
    alice: Membership,
    agents: SimpleNamespace,
    dialect: Dialect,  # noqa: F811
    speaker: Aimock,
    worker: Callable[[], threading.Thread],
) -> None:
    at(AIModel.objects.get(workspace=alice.workspace), dialect, speaker.url)
    conversation = start_conversation(actor=alice.actor, agent=agents.technical, title="Lamps")
    send_turn(actor=alice.actor, conversation=conversation, content=QUESTION)
    asked_before = speaker.calls(QUESTION)
    lines: list[Any] = []

    def heard(line: Any) -> None:
        line.connect_to_server()
        lines.append(line)

    first = look(alice)
    page = first.open(f"/chat/{conversation.pk}/", live=True)
    working = worker()
    page.locator("[data-words]", has_text="Lamp 2 burns").wait_for(timeout=30_000)
    page.close()

    again = look(alice)
    again.context.route_web_socket("**/ws/**", heard)
    page = again.open(f"/chat/{conversation.pk}/", live=True)
    for lamp in (10, 20, 30):
        page.locator("[data-words]", has_text=f"Lamp {lamp} burns").wait_for(timeout=30_000)
        known = len(lines)
        lines[-1].close(code=3001, reason="cut")
        while len(lines) == known:  # until the page is back
            page.wait_for_timeout(20)
    assert page.locator('.turn[data-state="streaming"]').count() == 1, "all was said too early"

    page.wait_for_selector('.turn[data-by="agent"][data-state="done"]', timeout=60_000)
    working.join(60)
    turn = conversation.turns.get(role=Turn.Role.AGENT)
    assert (turn.state, turn.content) == ("done", LAMPS)
    assert page.locator('.turn[data-by="agent"] .prose').inner_text() == LAMPS
    assert page.locator(".turn").count() == conversation.turns.count() == 2
    assert Call.objects.count() == speaker.calls(QUESTION) - asked_before == 1
    assert len(lines) >= 4
    page.reload()
    assert page.locator('.turn[data-by="agent"] .prose').inner_text() == LAMPS
    first.forgive("WebSocket")
    again.forgive("WebSocket")
