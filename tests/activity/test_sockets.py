"""The live feed over a real socket: in order, without gaps, for those who may look."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from accounts.models import Membership
from activity import consumers, hub, log
from activity.events import group_of
from activity.models import Activity
from activity.sockets import make_ticket
from missioncontrol.asgi import application
from tests.activity.line import PATIENCE, Line, own_layer, say_later

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
async def _own_layer() -> AsyncIterator[None]:
    with own_layer():
        yield


@asynccontextmanager
async def listening(
    member: Membership | None, path: str = "activities", after: int | None = None
) -> AsyncIterator[Line]:
    ticket = await database_sync_to_async(make_ticket)(member.actor) if member else "nonsense"
    query = f"ticket={ticket}" + (f"&after={after}" if after is not None else "")
    line = Line(application, f"/api/v1/ws/{path}?{query}")
    assert await line.connect()
    yield line
    await line.disconnect()


async def heard(line: Line, count: int) -> list[str]:
    found: list[str] = []
    while len(found) < count:
        message = await line.receive_json()
        if message["type"] == "event":
            found.append(message["message"])
        elif message["type"] == "events":
            found += [event["message"] for event in message["events"]]
    return found


async def test_what_happens_is_heard_in_order(alice: Membership) -> None:
    async with listening(alice) as line:
        assert (await line.receive_json())["type"] == "hello"
        await say_later(alice, "one", "two")
        await say_later(alice, "three")

        assert await heard(line, 3) == ["one", "two", "three"]


async def test_whoever_comes_back_gets_what_came_after(alice: Membership) -> None:
    await say_later(alice, "one", "two", "three")

    async with listening(alice, after=1) as line:
        assert await heard(line, 2) == ["two", "three"]


@database_sync_to_async
def cut_log(member: Membership, upto: int) -> None:
    Activity.objects.filter(workspace=member.workspace, number__lte=upto).delete()


async def test_whoever_comes_back_after_the_log_was_cut_loads_anew(alice: Membership) -> None:
    await say_later(alice, "one", "two", "three", "four")
    await cut_log(alice, upto=2)

    async with listening(alice, after=1) as line:
        assert await line.receive_json() == {"type": "hello", "last": 4, "after": 4}
        assert await line.receive_json() == {"type": "reset", "last": 4}
        await say_later(alice, "five")
        assert await heard(line, 1) == ["five"]
    async with listening(alice, after=2) as line:
        assert await heard(line, 3) == ["three", "four", "five"]


async def test_a_lost_hint_is_made_up_for_and_a_doubled_one_ignored(
    alice: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    hints: list[dict[str, Any]] = []
    monkeypatch.setattr(log, "publish", lambda group, message: hints.append(message))
    async with listening(alice, after=0) as line:
        await line.receive_json()
        for word in ("lost", "doubled"):
            await say_later(alice, word)
        for hint in (hints[1], hints[1], hints[0]):
            await get_channel_layer().group_send(group_of(alice.workspace_id), hint)

        assert await heard(line, 2) == ["lost", "doubled"]
        assert await line.receive_nothing(0.2)


async def test_a_stranger_is_turned_away() -> None:
    async with listening(None) as line:
        assert (await line.receive_output(PATIENCE))["code"] == consumers.STRANGER


async def test_a_ticket_opens_one_socket(alice: Membership) -> None:
    ticket = await database_sync_to_async(make_ticket)(alice.actor)
    lines = [Line(application, f"/api/v1/ws/activities?ticket={ticket}") for _ in range(2)]
    for line in lines:
        await line.connect()
    assert (await lines[0].receive_json())["type"] == "hello"
    assert (await lines[1].receive_output(PATIENCE))["code"] == consumers.STRANGER
    await lines[0].disconnect()


async def test_nobody_hears_of_another_workspace(alice: Membership, charlie: Membership) -> None:
    async with listening(charlie, after=0) as line:
        await line.receive_json()
        await say_later(alice, "secret")
        await say_later(charlie, "ours")

        assert await heard(line, 1) == ["ours"]


async def test_access_taken_away_closes_the_socket(
    alice: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "PING_EVERY_S", 0.05)
    async with listening(alice) as line:
        await line.receive_json()
        await database_sync_to_async(_deactivate)(alice)
        codes = [await line.receive_output(PATIENCE)]
        while codes[-1]["type"] != "websocket.close":
            codes.append(await line.receive_output(PATIENCE))

        assert codes[-1]["code"] == consumers.NO_ACCESS


def _deactivate(member: Membership) -> None:
    member.user.is_active = False
    member.user.save()


async def test_a_reader_that_does_not_read_is_closed(
    alice: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "SEND_WITHIN_S", 0.05)
    consumer = consumers.ActivityConsumer()
    closed: list[int] = []

    async def never(_: Any) -> None:
        await asyncio.Event().wait()

    async def close(code: int) -> None:
        closed.append(code)

    monkeypatch.setattr(consumer, "send_json", never)
    monkeypatch.setattr(consumer, "close", close)
    await consumer.tell({"type": "ping"})

    assert closed == [consumers.TOO_SLOW]


async def test_a_page_of_another_site_is_refused(alice: Membership) -> None:
    line = Line(
        application, "/api/v1/ws/activities", headers=[(b"origin", b"https://evil.example")]
    )
    assert not await line.connect()
