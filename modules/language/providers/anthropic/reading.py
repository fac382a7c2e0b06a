"""Events of a streamed message put together into one reply."""

from anthropic.types import (
    InputJSONDelta,
    Message,
    MessageDeltaUsage,
    RawContentBlockDeltaEvent,
    RawContentBlockStartEvent,
    RawMessageDeltaEvent,
    RawMessageStartEvent,
    RawMessageStreamEvent,
    TextBlock,
    ToolUseBlock,
)
from anthropic.types import TextDelta as WireTextDelta
from anthropic.types import Usage as WireUsage

from modules.language import errors, reckoning
from modules.language.base import Endpoint
from modules.language.streams import PartialCall, assemble, new_call_id
from modules.language.types import (
    Event,
    Part,
    Reply,
    Request,
    Stop,
    Text,
    TextDelta,
    ToolCallStarted,
    Usage,
)

_STOPS: dict[str, Stop] = {
    "max_tokens": "max_tokens",
    "model_context_window_exceeded": "max_tokens",
    "refusal": "refusal",
}


class Reading:
    """What has come so far of one streamed answer."""

    def __init__(self, request: Request, endpoint: Endpoint) -> None:
        self._request = request
        self._model = endpoint.model
        self._blocks: dict[int, list[str] | PartialCall] = {}
        self._stop: str | None = None
        self._input = self._cached = self._output = 0

    @property
    def finished(self) -> bool:
        """Whether the finish marker has come: the reason why the model stopped."""
        return self._stop is not None

    def take(self, event: RawMessageStreamEvent) -> list[Event]:
        """Add one event; kinds that are new to us are passed over."""
        if isinstance(event, RawMessageStartEvent):
            self._begin(event.message)
        elif isinstance(event, RawContentBlockStartEvent):
            return self._start_block(event)
        elif isinstance(event, RawContentBlockDeltaEvent):
            return self._grow_block(event)
        elif isinstance(event, RawMessageDeltaEvent):
            self._stop = event.delta.stop_reason or self._stop
            if event.usage is not None:
                self._count(event.usage)
        return []

    def _begin(self, message: Message) -> None:
        self._model = message.model or self._model
        if message.usage is not None:
            self._count(message.usage)

    def _start_block(self, event: RawContentBlockStartEvent) -> list[Event]:
        block = event.content_block
        if isinstance(block, TextBlock):
            self._blocks[event.index] = [block.text] if block.text else []
            return [TextDelta(block.text)] if block.text else []
        if isinstance(block, ToolUseBlock):
            call = PartialCall(block.id or new_call_id(), block.name)
            self._blocks[event.index] = call
            return [ToolCallStarted(call.id, call.name)]
        return []

    def _grow_block(self, event: RawContentBlockDeltaEvent) -> list[Event]:
        block, delta = self._blocks.get(event.index), event.delta
        if isinstance(delta, WireTextDelta) and isinstance(block, list):
            block.append(delta.text)
            return [TextDelta(delta.text)]
        if isinstance(delta, InputJSONDelta) and isinstance(block, PartialCall):
            block.pieces.append(delta.partial_json)
        return []

    def _count(self, usage: WireUsage | MessageDeltaUsage) -> None:
        """Figures are cumulative; the input's three kinds are told apart and add up."""
        if usage.input_tokens is not None:
            self._cached = usage.cache_read_input_tokens or 0
            written = usage.cache_creation_input_tokens or 0
            self._input = max(self._input, usage.input_tokens + self._cached + written)
        self._output = max(self._output, usage.output_tokens or 0)

    def used_so_far(self) -> Usage | None:
        """What a broken answer has cost at least; None when nothing came."""
        written = "".join(
            "".join(block.pieces if isinstance(block, PartialCall) else block)
            for block in self._blocks.values()
        )
        if not (self._input or written):
            return None
        return Usage(
            self._input or reckoning.input_tokens(self._request),
            max(self._output, reckoning.likely_tokens(written)),
            self._cached,
            estimated=True,
        )

    def reply(self) -> Reply:
        """The whole answer. Raises ProviderError for a half or an empty one."""
        if self._stop is None:
            error = errors.half_stream()
            error.usage = self.used_so_far()
            raise error
        parts: list[Part] = []
        for _, block in sorted(self._blocks.items()):
            parts.append(block.whole() if isinstance(block, PartialCall) else Text("".join(block)))
        calls = any(isinstance(block, PartialCall) for block in self._blocks.values())
        stop = _STOPS.get(self._stop, "tool_calls" if calls else "end")
        message = assemble(parts, stop)
        return Reply(message, stop, self._used(), self._model)

    def _used(self) -> Usage:
        if self._input and self._output:
            return Usage(self._input, self._output, self._cached)
        used = self.used_so_far()
        return used or Usage(reckoning.input_tokens(self._request), 0, estimated=True)
