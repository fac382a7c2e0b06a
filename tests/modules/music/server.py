"""A provider of music on loopback: it takes orders, works on them, speaks, and hands out files."""

import json
from collections.abc import Callable
from typing import Any

from tests.outside import Heard, Say, Server

Reaction = Callable[[Heard], Say | None]


class MusicServer:
    """Suno-style under /api, OpenAI's speech under /v1, files under /files.

    `looks` is how often it says that it is still at work. A test puts a function into
    `react` to have it behave otherwise; what that leaves to it (None) goes as usual.
    """

    def __init__(self, sound: bytes) -> None:
        self.sound = sound
        self.looks = 2
        self.react: Reaction = lambda heard: None
        self._asked: dict[str, int] = {}
        self._server = Server(self._respond)
        self.url = f"http://127.0.0.1:{self._server.port}"

    @property
    def heard(self) -> list[Heard]:
        return self._server.heard

    def orders(self) -> list[dict[str, Any]]:
        """The bodies of all orders that came."""
        return [json.loads(one.body) for one in self.heard if one.path == "/api/generate"]

    def polls(self) -> int:
        return sum(one.path.startswith("/api/get") for one in self.heard)

    def close(self) -> None:
        self._server.close()

    def _respond(self, heard: Heard) -> Say:
        own = self.react(heard)
        if own is not None:
            return own
        if heard.path == "/api/generate":
            name = f"song-{len(self.orders())}"
            return answer([{"id": name, "status": "submitted"}])
        if heard.path.startswith("/api/get?ids="):
            return answer([self._look(heard.path.partition("=")[2])])
        if heard.path == "/v1/audio/speech":
            return Say(headers={"Content-Type": "audio/ogg"}, body=self.sound)
        if heard.path.startswith("/files/"):
            return Say(headers={"Content-Type": "audio/ogg"}, body=self.sound)
        return answer({"error": {"message": "no such path"}}, 404)

    def _look(self, name: str) -> dict[str, Any]:
        self._asked[name] = self._asked.get(name, 0) + 1
        if self._asked[name] <= self.looks:
            return {"id": name, "status": "streaming"}
        return {
            "id": name,
            "status": "complete",
            "title": "Harbour at Night",
            "audio_url": f"{self.url}/files/{name}.ogg",
        }


def answer(value: Any, status: int = 200, **headers: str) -> Say:
    return Say(status, {"Content-Type": "application/json", **headers}, json.dumps(value).encode())
