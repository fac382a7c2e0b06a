"""The provider `simulated`: no network, one answer for one request."""

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import AsyncGenerator

from modules.language import errors, reckoning
from modules.language.base import Endpoint, ProviderError
from modules.language.providers.simulated.chatting import chat
from modules.language.providers.simulated.goal import goal
from modules.language.providers.simulated.media import answer_to
from modules.language.providers.simulated.review import review
from modules.language.providers.simulated.scene import Answer, Scene
from modules.language.providers.simulated.talk import mention
from modules.language.providers.simulated.triage import triage
from modules.language.providers.simulated.troubles import second_try
from modules.language.providers.simulated.words import number
from modules.language.providers.simulated.work import work
from modules.language.types import (
    Event,
    Finished,
    Message,
    Part,
    Reply,
    Request,
    Stop,
    Text,
    TextDelta,
    ToolCall,
    ToolCallStarted,
    Usage,
)

LATENCY_MS = 150
# A reply comes in at most so many pieces: finer ones would only cost the processor.
PIECES = 12
_REMEMBERED = 4096

STRATEGIES = {
    "task": work,
    "review of": review,
    "triage": triage,
    "goal": goal,
    "mention in": mention,
}


def answer(request: Request) -> Answer:
    """What the simulated model says to a request. A function of the request alone."""
    if operation := request.metadata.get("operation"):
        return Answer(answer_to(operation, request.metadata["input"]))
    scene = Scene(request)
    strategy = STRATEGIES.get(scene.brief.kind)
    if strategy is None:
        return chat(scene)
    return second_try(scene) or strategy(scene)


class SimulatedProvider:
    """Options: `latency_ms` for a whole reply (150), `failure_rate` (0 to 1, by the hash of the
    request and how often it was asked), `context_window` in tokens."""

    def __init__(self) -> None:
        self._asked: OrderedDict[str, int] = OrderedDict()

    async def stream(self, request: Request, endpoint: Endpoint) -> AsyncGenerator[Event, None]:
        """See Provider.stream."""
        fingerprint = _fingerprint(request)
        read = reckoning.input_tokens(request)
        window = int(endpoint.options.get("context_window", 0))
        if window and read > window:
            raise errors.from_status(400, words="maximum context length exceeded")
        self._maybe_fail(fingerprint, float(endpoint.options.get("failure_rate", 0)))
        reply = _reply(request, answer(request), fingerprint, read, endpoint.model)
        latency = float(endpoint.options.get("latency_ms", LATENCY_MS)) / 1000
        async for event in _streamed(reply, latency):
            yield event

    def _maybe_fail(self, fingerprint: str, rate: float) -> None:
        if rate <= 0:
            return
        asked = self._asked[fingerprint] = self._asked.pop(fingerprint, 0) + 1
        while len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)
        if number(fingerprint, str(asked)) % 1000 < rate * 1000:
            raise ProviderError(
                "overloaded", "The simulated model pretends to be overloaded.", transient=True
            )


def _fingerprint(request: Request) -> str:
    asked = request.to_dict()
    del asked["metadata"]  # says who asks, not what
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _reply(request: Request, said: Answer, fingerprint: str, read: int, model: str) -> Reply:
    calls = [
        ToolCall(f"sim_{fingerprint[:20]}_{position}", planned.name, planned.arguments)
        for position, planned in enumerate(said.calls, 1)
    ]
    parts: list[Part] = [Text(said.text), *calls]
    message = Message("assistant", tuple(parts))
    written = reckoning.output_tokens(message)
    stop: Stop = "tool_calls" if calls else "end"
    if written > request.max_tokens:
        # What a real model would do: stop in the middle, with no call completed.
        cut = said.text[: int(request.max_tokens * reckoning.LIKELY)]
        message, stop, written = Message.assistant(cut), "max_tokens", request.max_tokens
    return Reply(message, stop, Usage(read, written), model or "simulated")


async def _streamed(reply: Reply, latency_s: float) -> AsyncGenerator[Event, None]:
    """The reply in pieces, word by word where there are few, over the whole latency."""
    words = reply.text.split(" ")
    size = max(1, -(-len(words) // PIECES))
    pieces = [" ".join(words[start : start + size]) for start in range(0, len(words), size)]
    pause = latency_s / (len(pieces) + 1)
    for position, piece in enumerate(pieces):
        await asyncio.sleep(pause)
        yield TextDelta(piece if position == len(pieces) - 1 else piece + " ")
    for call in reply.tool_calls:
        yield ToolCallStarted(call.id, call.name)
    await asyncio.sleep(pause)
    yield Finished(reply)
