"""A conversation's socket: words with their place, also for whoever comes back."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from channels.db import database_sync_to_async

from accounts.models import Membership
from activity.consumers import NO_ACCESS
from activity.sockets import make_ticket
from agents.models import Run
from conversations import words
from conversations.actions import cancel_turn
from conversations.models import Conversation
from missioncontrol.asgi import application
from modules.language.types import Restarted, TextDelta
from tests.activity.line import PATIENCE, Line, own_layer

pytestmark = pytest.mark.django_db(transaction=True)

Talk = Callable[..., Conversation]


@pytest.fixture(autouse=True)
async def _own_layer() -> AsyncIterator[None]:
    with own_layer():
        yield


@asynccontextmanager
async def line_of(member: Membership, conversation: Conversation) -> AsyncIterator[Line]:
    ticket = await database_sync_to_async(make_ticket)(member.actor)
    line = Line(application, f"/api/v1/ws/conversations/{conversation.pk}?ticket={ticket}")
    assert await line.connect()
    yield line
    await line.disconnect()


async def told(line: Line, *kinds: str) -> dict[str, Any]:
    """The next message of one of these kinds."""
    while True:
        message = await line.receive_json()
        if message["type"] in kinds:
            return message


class Reader:
    """A page that keeps to the rules of docs/sockets.md."""

    def __init__(self) -> None:
        self.take, self.text = 0, ""

    def read(self, chunk: dict[str, Any]) -> bool:
        """Whether the chunk could be taken; if not, something is missing."""
        if chunk["take"] < self.take:
            return True
        if chunk["take"] > self.take:
            self.take, self.text = chunk["take"], ""
        if chunk["offset"] > len(self.text):
            return False
        self.text += chunk["text"][len(self.text) - chunk["offset"] :]
        return True


def hearing(conversation: Conversation) -> words.Words:
    return words.Words(Run.objects.get(kind="chat", thread=conversation.pk), 0)


async def test_a_line_that_is_cut_three_times_loses_nothing(alice: Membership, talk: Talk) -> None:
    conversation = await database_sync_to_async(talk)()
    hear = await database_sync_to_async(hearing)(conversation)
    reader, said = Reader(), ""
    for cut in range(4):
        async with line_of(alice, conversation) as line:
            if cut:
                assert reader.read(await told(line, "chunk"))
                assert reader.text == said
            for number in range(5):
                said += (piece := f"word {cut}.{number} ")
                hear(TextDelta(piece))
                hear.flush()
                while reader.text != said:
                    assert reader.read(await told(line, "chunk"))
        said += (piece := f"unheard {cut} ")
        hear(TextDelta(piece))
        hear.flush()
    async with line_of(alice, conversation) as line:
        assert reader.read(await told(line, "chunk"))
    assert reader.text == said


async def test_a_hole_is_filled_when_asked_for(alice: Membership, talk: Talk) -> None:
    conversation = await database_sync_to_async(talk)()
    hear = await database_sync_to_async(hearing)(conversation)
    async with line_of(alice, conversation) as line:
        hear(TextDelta("One "))
        await told(line, "chunk")
        hear(TextDelta("two"))
        hear.flush()
        late = Reader()
        assert not late.read(await told(line, "chunk"))
        await line.send_input({"type": "websocket.receive", "text": '{"type": "resume"}'})
        assert late.read(await told(line, "chunk"))
        assert late.text == "One two"
        hear(Restarted())
        assert late.read(await told(line, "chunk"))
        assert late.text == ""


async def test_it_says_what_becomes_of_a_turn(alice: Membership, talk: Talk) -> None:
    conversation = await database_sync_to_async(talk)()
    turn = await conversation.turns.select_related("conversation").aget(role="agent")
    async with line_of(alice, conversation) as line:
        first = await told(line, "turn")
        assert (first["turn"], first["state"]) == (str(turn.pk), "streaming")
        await database_sync_to_async(cancel_turn)(actor=alice.actor, turn=turn)
        assert (await told(line, "turn"))["state"] == "cancelled"


async def test_nobody_else_may_listen(
    talk: Talk, bob: Membership, charlie: Membership, agents: SimpleNamespace
) -> None:
    conversation = await database_sync_to_async(talk)()
    for stranger in (bob, charlie):
        ticket = await database_sync_to_async(make_ticket)(stranger.actor)
        line = Line(application, f"/api/v1/ws/conversations/{conversation.pk}?ticket={ticket}")
        assert await line.connect()
        closed = await line.receive_output(PATIENCE)
        assert (closed["type"], closed["code"]) == ("websocket.close", NO_ACCESS)
