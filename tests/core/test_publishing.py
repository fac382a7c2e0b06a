"""Telling open sockets: a hint, sent without waiting for anybody."""

import asyncio
import threading
import time
from typing import Any

import pytest

from core import background, publishing


class Layer:
    """A channel layer that hangs until it is let go."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.hangs = False
        self.fails = False
        self.go = threading.Event()

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        while self.hangs and not self.go.is_set():  # noqa: ASYNC110 - set by another thread
            await asyncio.sleep(0.01)
        if self.fails:
            raise ConnectionRefusedError
        self.sent.append(group)


@pytest.fixture
def layer(monkeypatch: pytest.MonkeyPatch) -> Layer:
    # What an earlier test had published is sent before this layer is looked for.
    background.submit(asyncio.sleep(0)).result(30)
    layer = Layer()
    monkeypatch.setattr(publishing, "get_channel_layer", lambda: layer)
    monkeypatch.setattr(publishing, "_under_way", set())
    return layer


def wait_until_sent() -> None:
    deadline = time.monotonic() + 30
    while publishing._under_way and time.monotonic() < deadline:
        time.sleep(0.005)
    assert not publishing._under_way


def test_a_message_reaches_the_layer(layer: Layer) -> None:
    publishing.publish("workspace.1", {"type": "x"})

    wait_until_sent()
    assert layer.sent == ["workspace.1"]


def test_a_layer_that_is_down_fails_nobody(layer: Layer) -> None:
    layer.fails = True

    publishing.publish("workspace.1", {"type": "x"})

    wait_until_sent()
    assert layer.sent == []


def test_a_layer_that_hangs_delays_nobody_and_fills_no_memory(
    layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "MOST_UNDER_WAY", 10)
    layer.hangs = True
    started = time.monotonic()

    for _ in range(200):
        publishing.publish("workspace.1", {"type": "x"})

    assert time.monotonic() - started < 10
    assert len(publishing._under_way) <= 10
    layer.go.set()
    wait_until_sent()
    assert len(layer.sent) == 10


def test_a_layer_that_hangs_for_good_is_given_up(
    layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "PATIENCE_S", 0.05)
    layer.hangs = True

    publishing.publish("workspace.1", {"type": "x"})

    wait_until_sent()
    assert layer.sent == []
