"""A model that does the obvious next thing with the tools on offer, after some thought."""

import asyncio
import json
import os
import random
from collections.abc import AsyncGenerator, Callable
from itertools import count
from pathlib import Path
from typing import Any

from modules.language.base import Endpoint, ProviderError
from modules.language.types import (
    Event,
    Finished,
    Message,
    Reply,
    Request,
    Text,
    TextDelta,
    ToolCall,
    ToolResult,
    Usage,
)
from tests.faults.rig.book import ledger

_numbers = count(1)


class ScriptedModel:
    """Takes the place of the simulated provider."""

    async def stream(self, request: Request, endpoint: Endpoint) -> AsyncGenerator[Event, None]:
        await asyncio.sleep(_latency())
        if _is_down():
            ledger().write("asked in vain")
            raise ProviderError("overloaded", "It is down.", transient=True, status=529)
        if _is_talk(request):
            async for event in _talk():
                yield event
            return
        calls = _next(request)
        parts = tuple(
            ToolCall(f"c{os.getpid()}-{next(_numbers)}", name, arguments)
            for name, arguments in calls
        )
        yield Finished(
            Reply(
                message=Message("assistant", parts or (Text("There is nothing more to do."),)),
                stop="tool_calls" if parts else "end",
                usage=Usage(200, 50),
                model="scripted",
            )
        )


ANSWER = " ".join(f"word{number}" for number in range(40))
# Called before each word; the points put something else here.
before_word: Callable[[], object] = lambda: None  # noqa: E731


def _is_talk(request: Request) -> bool:
    tools = {tool.name for tool in request.tools}
    return "read_working_state" in tools and not tools & {"finish", "review_task"}


async def _talk() -> AsyncGenerator[Event, None]:
    for number, word in enumerate(ANSWER.split(" ")):
        before_word()
        await asyncio.sleep(_latency() / 10)
        yield TextDelta(f" {word}" if number else word)
    reply = Reply(Message("assistant", (Text(ANSWER),)), "end", Usage(200, 50), "scripted")
    yield Finished(reply)


def _is_down() -> bool:
    return Path(os.environ["FAULTS_LEDGER"] + ".down").exists()


def _latency() -> float:
    low, _, high = os.environ.get("FAULTS_LATENCY", "0.05").partition("-")
    return random.uniform(float(low), float(high or low))


def _next(request: Request) -> list[tuple[str, dict[str, Any]]]:
    tools = {tool.name for tool in request.tools}
    done = _results(request)
    if "assign_task" in tools:
        brief = request.messages[0].text
        keys = [line.split()[1] for line in brief.splitlines() if line.startswith("- TASK-")]
        return [] if done else [("assign_task", {"task": key}) for key in keys]
    if "review_task" in tools:
        return [("review_task", {"verdict": "approve", "reason": "All there."})]
    if "poison" in request.messages[0].text and "swallow" in tools:
        return [("swallow", {})]
    if "send_letter" not in tools:
        return [("finish", {"summary": "Nothing to do."})]
    for name, arguments in (
        ("send_letter", {}),
        ("stamp", {}),
        ("write_document", {"title": "Result", "content": "It is done."}),
    ):
        if name not in done:
            return [(name, arguments)]
    document = json.loads(done["write_document"].content)["document_id"]
    return [("submit_for_review", {"summary": "Done", "evidence": [document]})]


def _results(request: Request) -> dict[str, ToolResult]:
    """What went well so far, by the name of the tool."""
    return {
        result.name: result
        for message in request.messages
        for result in message.tool_results
        if not result.is_error
    }
