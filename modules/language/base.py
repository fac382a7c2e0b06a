"""What a provider of language models is, and in which words it fails."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any, Protocol

from modules.language.types import Event, Request, Usage


@dataclass(frozen=True)
class Endpoint:
    """Where a model is and how to speak with it. The key never shows in a repr.

    `timeout_s` bounds one call as a whole. `options` are the provider's own; known to all
    is `chunk_timeout_s`, the longest silence within a stream (seconds, 60 by default).
    """

    base_url: str
    api_key: str = field(repr=False)
    model: str
    timeout_s: float = 120.0
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def chunk_timeout_s(self) -> float:
        return min(float(self.options.get("chunk_timeout_s", 60.0)), self.timeout_s)


class ProviderError(Exception):
    """A call that brought no answer.

    `code` is a stable word for programs, `message` a sentence for people without secrets,
    `status` the HTTP status where there was one. `transient` says whether the same call may
    go well later; `retry_after` is the server's own wish, in seconds. `usage` is what was
    used up before the stream broke, as far as the server said so.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        transient: bool,
        status: int | None = None,
        retry_after: float | None = None,
        usage: Usage | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.transient = transient
        self.status = status
        self.retry_after = retry_after
        self.usage = usage

    def __repr__(self) -> str:
        return f"ProviderError({self.code!r}, {self.message!r}, transient={self.transient})"


class Provider(Protocol):
    """Speaks with one kind of server. Stateless but for its connections."""

    def stream(self, request: Request, endpoint: Endpoint) -> AsyncGenerator[Event, None]:
        """Ask once and yield what comes, `Finished` last.

        Makes one HTTP request and never repeats it: retries have one owner,
        `modules.actions.complete`. Raises ProviderError for everything that is not a whole
        answer: an error status, an error inside a 200, garbage, silence, a stream that ends
        without its finish marker, an answer without words or tool calls.
        """
        ...
