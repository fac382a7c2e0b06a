"""Stand-ins for the model providers, on a free loopback port.

`Aimock` runs @copilotkit/aimock, which speaks both APIs as they are. `ScriptedServer` serves
bytes exactly as a test writes them, for what aimock cannot do: hang, break off, send garbage.
"""

import asyncio
import json
import shutil
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

AIMOCK = Path("node_modules/@copilotkit/aimock/dist/cli.js")

HANG = object()
"""In a script: send nothing more, and keep the connection open."""
CUT = object()
"""In a script: break the connection."""


class Aimock:
    """The stand-in as a child process; `calls` counts what it was asked."""

    def __init__(self, fixtures: Path) -> None:
        node = shutil.which("node") or "node"
        self._process = subprocess.Popen(
            [node, str(AIMOCK.resolve()), "--port", "0", "--fixtures", str(fixtures)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if "listening on" in line:
                self.url = line.rsplit(" ", 1)[1].strip()
                break
        else:
            raise RuntimeError("aimock did not start: " + "".join(said))
        # Nobody reads its log any more, and a full pipe would stop it.
        threading.Thread(target=self._process.stdout.read, daemon=True).start()

    def journal(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.url}/__aimock/journal") as answer:
            entries: list[dict[str, Any]] = json.load(answer)
        return entries

    def calls(self, words: str) -> int:
        """How many requests had `words` in them."""
        return sum(words in json.dumps(entry["body"]) for entry in self.journal())

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


def why_no_aimock() -> str | None:
    """The reason why aimock cannot run here, or None."""
    if not shutil.which("node"):
        return "Node is missing"
    if not AIMOCK.exists():
        return "@copilotkit/aimock is not installed (npm install)"
    return None


@dataclass
class Answer:
    """One scripted answer: a status, headers, and pieces of a body, HANG or CUT."""

    pieces: Sequence[object] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "text/event-stream"


def failure(status: int, message: str = "no", kind: str = "", **headers: str) -> Answer:
    """An error in the form that both APIs share well enough."""
    body = json.dumps({"type": "error", "error": {"type": kind or None, "message": message}})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer([body], status=status, headers=named, content_type="application/json")


class ScriptedServer:
    """Answers the n-th request with the n-th answer; the last one is repeated."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[dict[str, Any]] = []
        self.on_request: Callable[[], object] = lambda: None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(5)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def calls(self) -> int:
        return len(self.requests)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = head.split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.requests.append(
                {"path": lines[0].split(" ")[1], "headers": headers, "body": json.loads(body)}
            )
            self.on_request()
            answer = self.answers[min(self.calls, len(self.answers)) - 1]
            await self._answer(answer, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(
        self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        extra = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        writer.write(
            f"HTTP/1.1 {answer.status} X\r\ncontent-type: {answer.content_type}\r\n"
            f"transfer-encoding: chunked\r\nconnection: close\r\n{extra}\r\n".encode()
        )
        for piece in answer.pieces:
            if piece is HANG:
                await writer.drain()
                await reader.read()  # until the client gives up
                return
            if piece is CUT:
                await writer.drain()
                writer.transport.abort()
                return
            data = str(piece).encode()
            writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    def stop(self) -> None:
        if not self._thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _close(self) -> None:
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def openai_stream(*deltas: dict[str, Any], finish: str | None = "stop", done: bool = True) -> str:
    """Server-sent events of a chat completion."""
    chunks = [{"model": "m", "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    if finish:
        chunks.append(
            {"model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}
        )
    events = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    return events + ("data: [DONE]\n\n" if done else "")


def anthropic_stream(*events: dict[str, Any]) -> str:
    """Server-sent events of a message."""
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)


def anthropic_text(text: str, stop: str | None = "end_turn") -> str:
    """A whole streamed message of words; without `stop` it is only half of one."""
    events: list[dict[str, Any]] = [
        {
            "type": "message_start",
            "message": {
                "id": "m", "type": "message", "role": "assistant", "content": [], "model": "m",
                "stop_reason": None, "usage": {"input_tokens": 9, "output_tokens": 1},
            },
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {
            "type": "content_block_delta", "index": 0,
            "delta": {"type": "text_delta", "text": text},
        },
    ]  # fmt: skip
    if stop:
        events += [
            {"type": "content_block_stop", "index": 0},
            {
                "type": "message_delta",
                "delta": {"stop_reason": stop},
                "usage": {"output_tokens": 4},
            },
            {"type": "message_stop"},
        ]
    return anthropic_stream(*events)
