"""What goes along with events on a socket that asks for it."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import pytest
from channels.db import database_sync_to_async

from accounts.models import Membership
from activity import companions, consumers
from activity.events import Event
from activity.sockets import make_ticket
from missioncontrol.asgi import application
from tests.activity.line import PATIENCE, Line, own_layer, say_later

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
async def _own_layer(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setitem(companions._makers, "words", words)
    with own_layer():
        yield


def words(workspace_id: UUID, events: Sequence[Event]) -> dict[str, Any] | None:
    """What was said, in one line; it chokes on a bone and has nothing to say of a sigh."""
    said = [event["message"] for event in events]
    if "bone" in said:
        raise ValueError("a bone")
    return {"of": str(workspace_id), "said": said} if "sigh" not in said else None


async def follow(member: Membership, *, wanting: str = "") -> Line:
    ticket = await database_sync_to_async(make_ticket)(member.actor)
    line = Line(application, f"/api/v1/ws/activities?ticket={ticket}{wanting}")
    assert await line.connect()
    return line


async def types(line: Line, count: int) -> list[str]:
    return [(await line.receive_json())["type"] for _ in range(count)]


async def test_it_comes_after_the_events_it_belongs_to(alice: Membership) -> None:
    line = await follow(alice, wanting="&with=words")
    await line.receive_json()
    await say_later(alice, "one", "two")
    events = await line.receive_json()
    assert [event["message"] for event in events["events"]] == ["one", "two"]
    assert await line.receive_json() == {
        "type": "words",
        "last": events["events"][-1]["number"],
        "of": str(alice.workspace_id),
        "said": ["one", "two"],
    }
    await line.disconnect()


async def test_who_did_not_ask_gets_events_alone(alice: Membership, bob: Membership) -> None:
    asking, plain = await follow(alice, wanting="&with=words"), await follow(bob)
    for line in (asking, plain):
        await line.receive_json()
    await say_later(alice, "one")
    assert await types(asking, 2) == ["event", "words"]
    assert await types(plain, 1) == ["event"]
    assert await plain.receive_nothing(0.2)
    for line in (asking, plain):
        await line.disconnect()


async def test_what_cannot_be_made_or_says_nothing_holds_nothing_up(alice: Membership) -> None:
    line = await follow(alice, wanting="&with=words")
    await line.receive_json()
    for word in ("bone", "sigh"):
        await say_later(alice, word)
        assert await types(line, 1) == ["event"]
        assert await line.receive_nothing(0.2)
    await say_later(alice, "one")
    assert await types(line, 2) == ["event", "words"]
    await line.disconnect()


async def test_nobody_gets_it_of_another_workspace(alice: Membership, charlie: Membership) -> None:
    line = await follow(charlie, wanting="&with=words")
    await line.receive_json()
    await say_later(alice, "one")
    assert await line.receive_nothing(0.2)
    await line.disconnect()


async def test_what_nobody_knows_cannot_be_asked_for(alice: Membership) -> None:
    line = await follow(alice, wanting="&with=words&with=pictures")
    assert (await line.receive_output(PATIENCE))["code"] == consumers.BAD_REQUEST
