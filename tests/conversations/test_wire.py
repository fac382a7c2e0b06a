"""The whole way over the wire: a stand-in for the provider speaks, the answer is stored once."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Workspace
from conversations import words
from conversations.models import Conversation, Turn
from modules.models import AIModel, Call
from tests.conversations.test_words import shown
from tests.modules.wire.conftest import (  # noqa: F401 - fixtures
    Dialect,
    aimock,
    at,
    dialect,
    serve,
    whole,
)
from tests.modules.wire.servers import CUT, Aimock, Answer, anthropic_text, openai_stream

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.wire]

SAID = "Hello from the wire, in more than one piece of text."


@pytest.fixture
def model(workspace: Workspace) -> AIModel:
    return AIModel.objects.get(workspace=workspace)


def test_a_chat_over_the_wire_is_stored_once(
    talk: Callable[..., Conversation],
    answer_of: Callable[[Conversation], Turn],
    model: AIModel,
    dialect: Dialect,  # noqa: F811
    aimock: Aimock,  # noqa: F811
    told: list[dict[str, Any]],
) -> None:
    at(model, dialect, aimock.url)
    conversation = talk("say hello")
    turn = answer_of(conversation)
    assert (turn.state, turn.content, turn.simulated) == ("done", SAID, False)
    assert shown(told) == SAID
    assert len(told) >= 1
    assert conversation.turns.count() == 2
    assert Call.objects.count() == 1
    assert words.so_far(turn.pk) is None


def test_a_stream_that_breaks_is_begun_anew(
    talk: Callable[..., Conversation],
    answer_of: Callable[[Conversation], Turn],
    model: AIModel,
    dialect: Dialect,  # noqa: F811
    serve: Any,  # noqa: F811
    told: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from modules import completion

    monkeypatch.setattr(completion, "BACKOFF_S", 0.01)
    if dialect.provider == "openai":
        half = openai_stream({"content": "All is"}, finish=None, done=False)
    else:
        half = anthropic_text("All is", stop=None)
    server = serve(Answer([half, CUT]), whole(dialect))
    at(model, dialect, server.url)
    turn = answer_of(talk("How are things?"))
    assert (turn.state, turn.content) == ("done", "All is well.")
    assert shown(told) == "All is well."
    assert len({message["take"] for message in told}) == 2
    assert server.calls == 2
