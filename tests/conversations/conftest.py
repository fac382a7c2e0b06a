"""People who talk with agents, and models that say what the test wants."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from accounts.models import Membership
from agents.loop import work_off
from conversations import words
from conversations.actions import start_conversation
from conversations.models import Conversation, Turn


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Every chunk of words that went out, in order."""
    messages: list[dict[str, Any]] = []
    monkeypatch.setattr(words, "publish", lambda group, message: messages.append(message))
    return messages


@pytest.fixture
def talk(alice: Membership, agents: SimpleNamespace) -> Callable[..., Conversation]:
    """Alice begins to talk with the technical agent."""

    def begin(content: str = "How is the harbour lit?", member: Membership = alice) -> Conversation:
        return start_conversation(actor=member.actor, agent=agents.technical, content=content)

    return begin


@pytest.fixture
def answer_of() -> Callable[[Conversation], Turn]:
    """Let the workers work, and return the newest turn."""

    def go(conversation: Conversation) -> Turn:
        work_off(100)
        turn = conversation.turns.order_by("-index").first()
        assert turn is not None
        return turn

    return go


@pytest.fixture(autouse=True)
def _no_words_left() -> Iterator[None]:
    yield
    words._pace._due.clear()
