"""A server of vectors on loopback, in OpenAI's language."""

import json

from tests.outside import Heard, Say, Server


class Vectors:
    """Each text is the number of its letters and its e's."""

    def __init__(self) -> None:
        self.dimension = 3
        self.asked: list[list[str]] = []
        self._server = Server(self._respond)
        self.url = f"http://127.0.0.1:{self._server.port}/v1"

    def _respond(self, heard: Heard) -> Say:
        texts = json.loads(heard.body)["input"]
        self.asked.append(texts)
        rows = [
            {"index": at, "embedding": ([len(text), text.count("e"), 1.5] * 2)[: self.dimension]}
            for at, text in enumerate(texts)
        ]
        body = {"data": rows, "model": "m", "usage": {"prompt_tokens": 7, "total_tokens": 7}}
        return Say(headers={"Content-Type": "application/json"}, body=json.dumps(body).encode())

    def close(self) -> None:
        self._server.close()
