"""Reading a stream with patience that ends, and calls put together from pieces."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import uuid4

from modules.language import errors
from modules.language.base import Endpoint, ProviderError
from modules.language.types import Event, Message, Part, Stop, Text, ToolCall, Usage

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

# Turns what an SDK raises inside it into a ProviderError.
Translator = Callable[[Endpoint], AbstractContextManager[None]]


class Reading(Protocol[T_contra]):
    """What has come so far of one streamed answer."""

    @property
    def finished(self) -> bool:
        """Whether the finish marker has come."""

    def take(self, chunk: T_contra) -> list[Event]:
        """Add a chunk; returns what it tells."""

    def used_so_far(self) -> Usage | None:
        """What a broken answer is likely to have cost."""


async def read(
    chunks: AsyncIterator[T], reading: Reading[T], endpoint: Endpoint, translated: Translator
) -> AsyncGenerator[Event, None]:
    """The events of a stream, until it ends or its answer is whole.

    A connection that breaks behind the finish marker takes nothing of the answer away.
    """
    patient = paced(chunks, endpoint.chunk_timeout_s)
    while True:
        try:
            with translated(endpoint):
                events = reading.take(await anext(patient))
        except StopAsyncIteration:
            return
        except ProviderError as error:
            if reading.finished and error.code in ("unreachable", "timeout"):
                return
            if error.code == "unreachable":
                error = errors.half_stream()
            error.usage = reading.used_so_far()
            raise error from None
        for event in events:
            yield event


async def unstreamed(
    response: "httpx2.Response", endpoint: Endpoint, translated: Translator
) -> ProviderError:
    """The error behind a 200 that is no stream: mostly one as plain JSON."""
    with translated(endpoint):
        await response.aread()
        body = response.json()
        if isinstance(body, dict) and (body.get("error") or body.get("type") == "error"):
            return errors.from_body(body, secret=endpoint.api_key)
    return errors.garbage("it did not stream")


async def paced(chunks: AsyncIterator[T], silence_s: float) -> AsyncIterator[T]:
    """The same chunks; more than `silence_s` seconds between two of them is a time-out.

    The HTTP client's own read time-out would not do: a server that sends empty lines to
    keep the connection open is just as silent.
    """
    while True:
        try:
            async with asyncio.timeout(silence_s):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise errors.timed_out(f"nothing came for {silence_s:g} s") from None
        yield chunk


@dataclass
class PartialCall:
    """A tool call whose arguments still come in pieces of JSON."""

    id: str
    name: str
    pieces: list[str] = field(default_factory=list)

    def whole(self) -> ToolCall:
        """The call; arguments that are no JSON object are kept as they came."""
        raw = "".join(self.pieces)
        if not raw.strip():
            return ToolCall(self.id, self.name, {})
        try:
            arguments = json.loads(raw)
        except ValueError:
            return ToolCall(self.id, self.name, {}, invalid=raw)
        if not isinstance(arguments, dict):
            return ToolCall(self.id, self.name, {}, invalid=raw)
        return ToolCall(self.id, self.name, arguments)


def new_call_id() -> str:
    """An id for a call to which the server gave none."""
    return f"call_{uuid4().hex[:20]}"


def assemble(parts: list[Part], stop: Stop) -> Message:
    """The assistant's message of a finished stream; raises when there is nothing in it."""
    kept = tuple(part for part in parts if not (isinstance(part, Text) and not part.text.strip()))
    if not kept:
        if stop == "refusal":
            return Message.assistant("The model declined to answer.")
        raise errors.no_room() if stop == "max_tokens" else errors.empty()
    return Message("assistant", kept)


def wire_arguments(call: ToolCall) -> dict[str, Any]:
    """Arguments as a server wants to see them again: always an object.

    Several servers refuse a transcript in which they are not, so arguments that were no
    JSON go back wrapped, and the model can read what it wrote.
    """
    return call.arguments if call.invalid is None else {"invalid_json": call.invalid[:4000]}


def is_event_stream(headers: Mapping[str, str]) -> bool:
    return "text/event-stream" in headers.get("content-type", "").lower()
