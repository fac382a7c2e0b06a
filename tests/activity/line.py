"""A socket without a server: what a client would send and receive, over ASGI."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.test import override_settings

from accounts.models import Membership
from activity.log import record, verb
from core.publishing import set_loop

# Seconds; where all is well the answer is there at once.
PATIENCE = 30
IN_MEMORY = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


@contextmanager
def own_layer() -> Iterator[None]:
    """A fresh in-memory layer on the running loop."""
    with override_settings(CHANNEL_LAYERS=IN_MEMORY):
        set_loop(asyncio.get_running_loop())
        yield
        set_loop(None)


@verb
def say(member: Membership, *words: str) -> None:
    """As many activities as words, in one transaction."""
    for word in words:
        record(actor=member.actor, verb="test.said", message=word)


say_later = database_sync_to_async(say)


class Line(ApplicationCommunicator):
    """One WebSocket connection to the application."""

    def __init__(
        self, application: Any, address: str, headers: list[tuple[bytes, bytes]] | None = None
    ) -> None:
        path, _, query = address.partition("?")
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": query.encode(),
            "headers": headers or [],
            "subprotocols": [],
        }
        super().__init__(application, scope)

    async def connect(self) -> bool:
        """Whether the connection was accepted."""
        await self.send_input({"type": "websocket.connect"})
        return bool((await self.receive_output(PATIENCE))["type"] == "websocket.accept")

    async def receive_json(self) -> dict[str, Any]:
        message = await self.receive_output(PATIENCE)
        assert message["type"] == "websocket.send", message
        content: dict[str, Any] = json.loads(message["text"])
        return content

    async def disconnect(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(PATIENCE)
