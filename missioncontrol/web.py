"""The web server: uvicorn, with the few things about it that are ours."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Generator
from types import FrameType
from typing import Any

import uvicorn
from django.conf import settings
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from core import publishing


class Socket(WebSocketsSansIOProtocol):
    """Uvicorn's socket, which can also be closed when its reader does not read.

    Uvicorn waits for room before it says anything, even that it closes; and a connection that it
    closes stays until the last byte is sent. For a reader that never reads either is for ever.
    """

    async def send(self, message: Any) -> None:
        if message["type"] != "websocket.close":
            await super().send(message)
        elif not self.writable.is_set():
            self.transport.abort()
        else:
            await super().send(message)
            self.loop.call_later(self.close_timeout, self.transport.abort)

    def keepalive_timeout(self) -> None:
        """No answer to a ping: what was to be sent will not be read any more."""
        super().keepalive_timeout()
        self.transport.abort()


class Server(uvicorn.Server):
    """Uvicorn that leaves signals to its caller and says when it listens.

    Uvicorn raises a signal it has caught once more after it has shut down, and then nothing
    of ours would run.
    """

    def __init__(self, *, host: str, port: int, started: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                "missioncontrol.asgi:application",
                host=host,
                port=port,
                loop="uvloop",
                http="httptools",
                ws=Socket,
                ws_max_size=64 * 1024,
                # Each compressed socket would hold some 300 KB, and every event cost more.
                ws_per_message_deflate=False,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                # Django decides by PROXY_COUNT whether to believe forwarded addresses.
                proxy_headers=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=3,
            )
        )
        self._on_started = started

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if settings.EMBEDDED:
            publishing.set_loop(asyncio.get_running_loop())
        self._on_started()


def stop_on_signals(server: Server) -> None:
    """End the server cleanly on SIGINT and SIGTERM."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
