"""The web server's own part of a socket."""

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn.protocols.utils import ClientDisconnected

from missioncontrol.web import Socket


def socket(*, room: bool) -> tuple[Socket, list[str]]:
    """A socket whose reader has room for more, or does not read; and what became of its line."""
    line: list[str] = []
    found: Any = object.__new__(Socket)
    found.writable = asyncio.Event()
    if room:
        found.writable.set()
    found.disconnected = True
    found.transport = SimpleNamespace(abort=lambda: line.append("cut"))
    return found, line


async def test_a_reader_that_does_not_read_is_cut_off() -> None:
    found, line = socket(room=False)

    await asyncio.wait_for(found.send({"type": "websocket.close", "code": 4408}), 5)

    assert line == ["cut"]


async def test_one_that_reads_is_told_first() -> None:
    found, line = socket(room=True)

    with pytest.raises(ClientDisconnected):
        await asyncio.wait_for(found.send({"type": "websocket.close", "code": 4403}), 5)

    assert line == []


def test_one_that_answers_no_ping_is_not_waited_for() -> None:
    """Closing alone would wait until the last byte is sent, which is never."""
    found, line = socket(room=True)
    inner: Any = found
    inner.pong_timer = inner.pending_ping_payload = None
    inner.close_sent = False
    inner.logger = SimpleNamespace(level=logging.INFO)
    inner.conn = SimpleNamespace(fail=lambda *_: None, data_to_send=list)
    inner.transport.is_closing = lambda: False
    inner.transport.write = lambda _: None
    inner.transport.close = lambda: line.append("closing")

    found.keepalive_timeout()

    assert line == ["closing", "cut"]
