"""A socket without a server: what a client would send and receive, over ASGI."""

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator


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
        return bool((await self.receive_output(5))["type"] == "websocket.accept")

    async def receive_json(self) -> dict[str, Any]:
        message = await self.receive_output(5)
        assert message["type"] == "websocket.send", message
        content: dict[str, Any] = json.loads(message["text"])
        return content

    async def disconnect(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(5)
