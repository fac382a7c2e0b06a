"""Publishing through Redis: what the channel layer reads, in order, and never in the way."""

import time
from typing import Any

import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer

from core.redis_publishing import Sender


class Redis:
    """Takes what is published, or fails."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.fails = False

    def publish(self, channel: str, message: bytes) -> None:
        if self.fails:
            raise ConnectionError
        self.taken.append((channel, message))


@pytest.fixture
def layer() -> RedisPubSubChannelLayer:
    return RedisPubSubChannelLayer(hosts=["redis://127.0.0.1:1/0"], prefix="mc")


def events(*numbers: int) -> dict[str, Any]:
    return {"type": "activity.events", "events": [{"number": number} for number in numbers]}


def wait_until(done: Any) -> None:
    deadline = time.monotonic() + 30
    while not done() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert done()


def test_the_layer_can_read_what_is_sent(layer: RedisPubSubChannelLayer) -> None:
    sender, server = Sender(layer, most=10), Redis()
    sender._client = server  # type: ignore[assignment]

    sender.send("workspace.1", events(1))

    wait_until(lambda: server.taken)
    channel, message = server.taken[0]
    assert channel == "mc__group__workspace.1"
    assert layer.deserialize(message) == events(1)


def test_what_has_come_together_is_sent_together_and_in_order(
    layer: RedisPubSubChannelLayer,
) -> None:
    sender = Sender(layer, most=10)
    for group, message in (
        ("a", events(1)),
        ("b", events(7)),
        ("a", {"type": "agent.words", "text": "x"}),
        ("a", events(2, 3)),
    ):
        sender._waiting.append((group, message))
    assert sender._gather() == [
        ("a", events(1, 2, 3)),
        ("b", events(7)),
        ("a", {"type": "agent.words", "text": "x"}),
    ]


def test_a_server_that_is_away_costs_hints_and_nothing_else(
    layer: RedisPubSubChannelLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.redis_publishing._SPARE_S", 0.01)
    sender = Sender(layer, most=10)

    started = time.monotonic()
    for number in range(100):
        sender.send("workspace.1", events(number))
    assert time.monotonic() - started < 10
    assert len(sender._waiting) <= 10

    wait_until(lambda: not sender._waiting)
    server = Redis()
    monkeypatch.setattr("redis.Redis.from_url", lambda *_, **__: server)
    while not server.taken:
        sender.send("workspace.1", events(1))
        time.sleep(0.01)
    assert server.taken[0][0] == "mc__group__workspace.1"
