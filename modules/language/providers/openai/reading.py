"""Chunks of a chat completion put together into one reply."""

from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import ChoiceDeltaToolCall

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


class Reading:
    """What has come so far of one streamed answer."""

    def __init__(self, request: Request, endpoint: Endpoint) -> None:
        self._request = request
        self._model = endpoint.model
        self._text: list[str] = []
        self._calls: list[PartialCall] = []
        self._at_index: dict[int, PartialCall] = {}
        self._finish: str | None = None
        self._refused = False
        self._usage: CompletionUsage | None = None

    @property
    def finished(self) -> bool:
        """Whether the finish marker has come."""
        return self._finish is not None

    def take(self, chunk: ChatCompletionChunk) -> list[Event]:
        """Add one chunk; raises for one that is no chunk, AttributeError included."""
        self._model = chunk.model or self._model
        self._usage = chunk.usage or self._usage
        events: list[Event] = []
        for choice in chunk.choices or []:
            delta = choice.delta
            if delta is not None:
                self._refused |= bool(delta.refusal)
                if text := delta.content or delta.refusal:
                    self._text.append(text)
                    events.append(TextDelta(text))
                for piece in delta.tool_calls or []:
                    events += self._take_call(piece)
            if choice.finish_reason:
                self._finish = choice.finish_reason
        return events

    def _take_call(self, piece: ChoiceDeltaToolCall) -> list[Event]:
        """Pieces of a call share an index; some servers number every call 0, or none.

        So a piece with a new id begins a new call wherever it stands.
        """
        index: int | None = piece.index
        name = (piece.function.name if piece.function else None) or ""
        arguments = (piece.function.arguments if piece.function else None) or ""
        known = self._at_index.get(index) if index is not None else None
        if known is None and index is None and self._calls and not name:
            known = self._calls[-1]
        if known is not None and not (piece.id and piece.id != known.id and name):
            known.pieces.append(arguments)
            return []
        call = PartialCall(piece.id or new_call_id(), name, [arguments])
        self._calls.append(call)
        if index is not None:
            self._at_index[index] = call
        return [ToolCallStarted(call.id, call.name)]

    def used_so_far(self) -> Usage | None:
        """A careful guess at what a broken answer has cost; None when nothing came."""
        if not (self._text or self._calls):
            return None
        return self._estimate()

    def reply(self) -> Reply:
        """The whole answer. Raises ProviderError for a half or an empty one."""
        if self._finish is None:
            error = errors.half_stream()
            error.usage = self.used_so_far()
            raise error
        if self._finish == "error":
            raise errors.from_body({"error": "the model stopped with an error"})
        calls = [call.whole() for call in self._calls]
        if any(not call.name for call in calls):
            raise errors.garbage("a tool call without a name")
        parts: list[Part] = [Text("".join(self._text)), *calls]
        stop = self._stop()
        return Reply(assemble(parts, stop), stop, self._used(), self._model)

    def _stop(self) -> Stop:
        if self._finish == "content_filter" or self._refused:
            return "refusal"
        if self._finish == "length":
            return "max_tokens"
        return "tool_calls" if self._calls else "end"

    def _used(self) -> Usage:
        usage = self._usage
        if usage is None or usage.prompt_tokens is None or usage.completion_tokens is None:
            return self._estimate()
        details = usage.prompt_tokens_details
        cached = (details.cached_tokens if details else None) or 0
        return Usage(usage.prompt_tokens, usage.completion_tokens, cached)

    def _estimate(self) -> Usage:
        written = "".join(self._text) + "".join(
            call.name + "".join(call.pieces) for call in self._calls
        )
        return Usage(
            reckoning.input_tokens(self._request),
            reckoning.likely_tokens(written),
            estimated=True,
        )
