"""A provider that speaks at a steady pace and notes when it said its first words.

Speaks the chat completions of OpenAI. What it says depends on the question alone, so that
whoever reads it knows what to expect: `story(question)`.
"""

import asyncio
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any


def story(question: str, pieces: int) -> list[str]:
    """What is said to a question, piece by piece."""
    return [f"{question.split()[-1]}.{n} " for n in range(pieces)]


@dataclass
class Speaker:
    """The provider, on a port of its own; `first` holds when it began to answer what."""

    pieces: int
    every_s: float
    first: dict[str, float] = field(default_factory=dict)
    at_once: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        starting = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(5)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.split("content-length: ")[1].split("\r\n")[0])
            asked = json.loads(await reader.readexactly(length))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            await self._speak(_question(asked["messages"][-1]), writer)
        except (ConnectionError, asyncio.IncompleteReadError, IndexError):
            pass
        finally:
            self.at_once = max(0, self.at_once - 1)
            writer.close()

    async def _speak(self, question: str, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            b"transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
        )
        await asyncio.sleep(self.every_s)
        for number, piece in enumerate(story(question, self.pieces)):
            _send(writer, {"index": 0, "delta": {"content": piece}})
            await writer.drain()
            if number == 0:
                self.first[question] = time.time()
            await asyncio.sleep(self.every_s)
        _send(writer, {"index": 0, "delta": {}, "finish_reason": "stop"})
        _chunk(writer, "data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)


def _question(message: dict[str, Any]) -> str:
    content = message["content"]
    return content if isinstance(content, str) else str(content[-1]["text"])


def _send(writer: asyncio.StreamWriter, choice: dict[str, Any]) -> None:
    _chunk(writer, f"data: {json.dumps({'id': 'x', 'model': 'm', 'choices': [choice]})}\n\n")


def _chunk(writer: asyncio.StreamWriter, text: str) -> None:
    writer.write(f"{len(text.encode()):x}\r\n{text}\r\n".encode())
