"""Talking with an agent in a real browser: words as they come, also after the line was cut."""

import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Route, WebSocket, expect

from accounts.models import Membership
from agents import thinking
from agents.loop import work_off
from conversations.actions import send_turn, start_conversation
from conversations.models import Conversation
from modules.language.types import (
    Finished,
    Message,
    Reply,
    Text,
    TextDelta,
    ToolCall,
    Usage,
)
from tests.ui.conftest import Look
from tests.ui.stage import PHONE, TABLET, WIDE, until

PLAN = """Two lamps light it, one on each mole.

1. **North mole:** green, every 4 s
2. **South mole:** red, every 6 s

| Lamp | Colour | Range |
|---|---|---|
| North | green | 9 nm |
| South | red | 7 nm |

```python
print("both burn")
```"""
SHOTS = os.environ.get("CHAT_SHOTS", "")


@pytest.fixture
def speaking(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A model that says its pieces one by one; functions among them are called on the way."""

    def install(*replies: list[Any]) -> None:
        rest = list(replies)

        def complete(*, on_event: Any, **_: Any) -> Reply:
            parts: list[Any] = []
            for piece in rest.pop(0):
                if callable(piece):
                    piece()
                elif isinstance(piece, ToolCall):
                    parts.append(piece)
                else:
                    on_event(TextDelta(piece))
                    parts.append(Text(piece))
            words = "".join(part.text for part in parts if isinstance(part, Text))
            calls = [part for part in parts if isinstance(part, ToolCall)]
            message = Message("assistant", (Text(words), *calls))
            reply = Reply(message, "tool_calls" if calls else "end", Usage(9_200, 310), "m")
            on_event(Finished(reply))
            return reply

        monkeypatch.setattr(thinking, "complete", complete)

    return install


@pytest.mark.parametrize(("size", "dark"), [(WIDE, False), (PHONE, True), (TABLET, True)])
def test_an_answer_is_read_while_it_is_written(
    look: Look,
    alice: Membership,
    agents: SimpleNamespace,
    speaking: Callable[..., None],
    size: tuple[int, int],
    dark: bool,
) -> None:
    conversation = start_conversation(
        actor=alice.actor, agent=agents.technical, content="Which tasks are open at the harbour?"
    )
    speaking(["I look at the board.", ToolCall("c1", "list_tasks", {"limit": 5})], [PLAN])
    work_off(1)
    start_conversation(actor=alice.actor, agent=agents.qa, title="What the review has found")
    screen = look(alice, size=size, dark=dark)
    page = screen.open(f"/chat/{conversation.pk}/", live=True)
    expect(page.locator(".turn table")).to_be_visible()

    def half() -> None:
        page.locator("[data-words]", has_text="Both").wait_for()
        expect(page.locator("[data-stop]")).to_be_visible()
        assert screen.overflow() <= 0
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/streaming-{size[0]}.png")

    def cut() -> None:
        """The line breaks three times, words go on meanwhile."""
        screen.context.set_offline(True)
        screen.context.set_offline(False)

    page.fill("#chat-words", "And when do they burn?")
    page.click("#chat-buttons button[type=submit]")
    page.wait_for_selector('.turn[data-state="streaming"]')
    rest = " at dusk, until the sun is up; see the plan."
    speaking(
        [
            "Both ",
            "lamps ",
            half,
            "burn",
            *(
                piece
                for word in rest.split(" ")[1:]
                for piece in (" ", cut if word in ("dusk,", "sun", "plan.") else "", word)
            ),
        ]
    )
    work_off(1)
    page.wait_for_selector('.turn[data-state="streaming"]', state="detached")
    last = page.locator('.turn[data-by="agent"]').last
    expect(last.locator(".prose")).to_have_text(
        "Both lamps burn at dusk, until the sun is up; see the plan."
    )
    expect(page.locator(".turn")).to_have_count(4)
    expect(page.locator("#chat-buttons button[type=submit]")).to_be_visible()
    assert screen.overflow() <= 0
    if SHOTS:
        page.locator("details.call summary").first.click()
        page.screenshot(path=f"{SHOTS}/chat-{size[0]}.png")
        screen.open("/chat/")
        page.screenshot(path=f"{SHOTS}/home-{size[0]}.png")
    screen.forgive("ERR_INTERNET_DISCONNECTED", "WebSocket", "htmx:sendError", "htmx:afterRequest")


def test_older_turns_come_while_one_scrolls_up(
    look: Look, alice: Membership, agents: SimpleNamespace, speaking: Callable[..., None]
) -> None:
    from tests.conversations.test_talking import grown

    conversation = start_conversation(actor=alice.actor, agent=agents.technical, content="Hello")
    speaking(["Hello."])
    work_off(1)
    grown(conversation, 120)
    page = look(alice).open(f"/chat/{conversation.pk}/")
    expect(page.locator(".turn")).to_have_count(50)
    page.eval_on_selector("[data-scroll]", "place => { place.scrollTop = 100; }")
    page.locator(".turn").nth(99).wait_for(state="attached")
    # What was read stays where it was.
    page.wait_for_function("document.querySelector('[data-scroll]').scrollTop > 1_000")


def _hear(socket: WebSocket, frames: list[str | bytes]) -> None:
    if "/ws/conversations/" in socket.url:
        socket.on("framereceived", lambda frame: frames.append(frame))


def test_another_tab_sees_what_is_said(
    look: Look, alice: Membership, agents: SimpleNamespace, speaking: Callable[..., None]
) -> None:
    conversation: Conversation = start_conversation(
        actor=alice.actor, agent=agents.technical, content="Hello"
    )
    speaking(["Hello."], ["All is well."])
    work_off(1)
    page = look(alice).page
    page.clock.install()
    frames: list[str | bytes] = []
    page.on("websocket", lambda socket: _hear(socket, frames))
    with page.expect_websocket(lambda socket: "/ws/conversations/" in socket.url) as opened:
        page.goto(f"/chat/{conversation.pk}/")
    until(page, lambda: any("hello" in str(frame) for frame in frames))
    held: list[Route] | None = []
    page.route(
        "**/turns/*/", lambda route: route.continue_() if held is None else held.append(route)
    )
    with page.expect_request("**/turns/*/"):
        with opened.value.expect_event("framereceived", lambda frame: '"streaming"' in frame):
            send_turn(actor=alice.actor, conversation=conversation, content="How are things?")
        page.clock.fast_forward(1_000)
    # The line is slow: the answer is complete before its beginning is here.
    with opened.value.expect_event("framereceived", lambda frame: '"done"' in frame):
        work_off(1)
    page.clock.fast_forward(1_000)
    slow, held = held or [], None
    for route in slow:
        route.continue_()
    page.wait_for_selector("text=All is well.")
    # Whatever else was asked for is here before what is said next.
    with opened.value.expect_event("framereceived", lambda frame: '"streaming"' in frame):
        send_turn(actor=alice.actor, conversation=conversation, content="And at sea?")
    page.clock.fast_forward(1_000)
    page.wait_for_selector("text=And at sea?")
    expect(page.locator(".turn")).to_have_count(6)
