"""Words on their way: at once, with their place, and again for a page that comes back."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Membership
from agents import thinking
from agents.models import Run
from conversations import words
from conversations.actions import cancel_turn
from conversations.models import Conversation, Turn
from modules.language.cancel import Cancelled
from modules.language.types import (
    Finished,
    Message,
    Reply,
    Restarted,
    Text,
    TextDelta,
    Usage,
)

pytestmark = pytest.mark.django_db(transaction=True)

Talk = Callable[..., Conversation]


def hear(conversation: Conversation) -> tuple[words.Words, Turn]:
    turn = conversation.turns.get(role="agent")
    run = Run.objects.get(turns=turn)
    return words.Words(run, 0), turn


def reply(text: str) -> Reply:
    return Reply(Message("assistant", (Text(text),)), "end", Usage(9, 3), "m")


def shown(messages: list[dict[str, Any]]) -> str:
    """What a page shows that goes by the rules: a hole or an older take is never written."""
    text, take = "", 0
    for message in messages:
        if message["take"] > take:
            text, take = "", message["take"]
        if message["take"] < take or message["offset"] < len(text):
            continue
        assert message["offset"] == len(text), "a hole"
        assert message["end"] == message["offset"] + len(message["text"])
        text += message["text"]
    return text


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.005)


def test_the_first_word_goes_out_at_once(talk: Talk, told: list[dict[str, Any]]) -> None:
    hearing, _ = hear(talk())
    hearing(TextDelta("Two"))
    assert [message["text"] for message in told] == ["Two"]


def test_what_follows_comes_even_while_the_model_pauses(
    talk: Talk, told: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "EVERY_S", 0.5)
    hearing, turn = hear(talk())
    for piece in ["Two ", "lamps ", "\U0001f4a1 ", "burn."]:
        hearing(TextDelta(piece))
    until(lambda: shown(told) == "Two lamps \U0001f4a1 burn.")
    assert len(told) < 4
    kept = words.so_far(turn.pk)
    assert kept is not None
    assert kept.text == "Two lamps \U0001f4a1 burn."


def test_a_thousand_chunks_are_neither_lost_nor_doubled(
    talk: Talk, told: list[dict[str, Any]]
) -> None:
    hearing, _ = hear(talk())
    for number in range(1_000):
        hearing(TextDelta(f"{number} "))
    hearing(Finished(reply("")))
    assert shown(told) == "".join(f"{number} " for number in range(1_000))


def test_a_stream_that_begins_anew_voids_what_came(talk: Talk, told: list[dict[str, Any]]) -> None:
    hearing, turn = hear(talk())
    hearing(TextDelta("Half an ans"))
    hearing(Restarted())
    assert shown(told) == ""
    hearing(TextDelta("A whole one"))
    assert shown(told) == "A whole one"
    assert words.so_far(turn.pk).text == "A whole one"  # type: ignore[union-attr]


def test_a_worker_that_lost_the_run_is_not_heard(talk: Talk, told: list[dict[str, Any]]) -> None:
    conversation = talk()
    late, _ = hear(conversation)
    late(TextDelta("Old"))
    Run.objects.filter(kind="chat").update(token=2)
    fresh, _ = hear(conversation)
    fresh(TextDelta("New"))
    late(TextDelta(" words"))
    late.flush()
    assert shown(told) == "New"


@pytest.fixture
def speaking(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A model that says its words one by one, and does something in the middle."""

    def install(*pieces: str, midway: Callable[[], None] = lambda: None, ends: Any = None) -> None:
        def complete(*, on_event: Any, **_: Any) -> Reply:
            half = len(pieces) // 2
            for piece in pieces[:half]:
                on_event(TextDelta(piece))
            midway()
            for piece in pieces[half:]:
                on_event(TextDelta(piece))
            if ends is not None:
                raise ends
            on_event(Finished(reply("".join(pieces))))
            return reply("".join(pieces))

        monkeypatch.setattr(thinking, "complete", complete)

    return install


def test_what_was_heard_of_a_stopped_answer_is_kept(
    alice: Membership, talk: Talk, speaking: Any, answer_of: Any, told: list[dict[str, Any]]
) -> None:
    conversation = talk()
    turn = conversation.turns.get(role="agent")

    def stop() -> None:
        cancel_turn(actor=alice.actor, turn=turn)

    speaking("Two lamps", " and more", midway=stop, ends=Cancelled())
    turn = answer_of(conversation)
    assert (turn.state, turn.content) == ("cancelled", "Two lamps")


def test_a_closed_tab_stops_nothing(talk: Talk, speaking: Any, answer_of: Any) -> None:
    """Nobody listens at all; the run is the worker's."""
    speaking("Two ", "lamps.")
    turn = answer_of(talk())
    assert (turn.state, turn.content) == ("done", "Two lamps.")
    assert words.so_far(turn.pk) is None
