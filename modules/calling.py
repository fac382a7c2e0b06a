"""One try: from a synchronous thread over the background loop to a provider and back."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import aclosing, nullcontext
from queue import Empty, SimpleQueue
from typing import TypeAlias

from core import background
from modules.language import errors, reckoning
from modules.language.base import Endpoint, Provider
from modules.language.cancel import Cancelled, CancelToken
from modules.language.types import (
    Event,
    Finished,
    Reply,
    Request,
    TextDelta,
    ToolCallStarted,
    Usage,
)

Listener: TypeAlias = Callable[[Event], None]
Stop: TypeAlias = object

_CANCELLED: Stop = object()
_ENDED: Stop = object()
# How much longer than its own time-out a call may take before its loop is given up.
GRACE_S = 10.0


class Try:
    """Asks once and hands on what comes, in the caller's own thread.

    The listener may therefore use the database, and a slow one holds up nobody else. After
    the call, `first_token_at` (monotonic seconds) and `streamed` tell how far it got.
    """

    def __init__(self, provider: Provider, request: Request, endpoint: Endpoint) -> None:
        self._provider = provider
        self._request = request
        self._endpoint = endpoint
        self._inbox: SimpleQueue[Event | Stop] = SimpleQueue()
        self._characters = 0
        self.first_token_at: float | None = None
        self.streamed = False

    def run(self, listener: Listener | None, cancel: CancelToken | None) -> Reply:
        """The whole answer. Raises ProviderError, or Cancelled as soon as `cancel` says so."""
        future = background.submit(self._pump())
        future.add_done_callback(lambda _: self._inbox.put(_ENDED))
        listening = cancel.listening(lambda: self._inbox.put(_CANCELLED)) if cancel else None
        try:
            with listening or nullcontext():
                return self._receive(future, listener, cancel)
        finally:
            future.cancel()  # a no-op for one that has ended

    async def _pump(self) -> None:
        try:
            async with asyncio.timeout(self._endpoint.timeout_s):
                async with aclosing(self._provider.stream(self._request, self._endpoint)) as events:
                    async for event in events:
                        self._inbox.put(event)
        except TimeoutError:
            raise errors.timed_out(
                f"it was not done after {self._endpoint.timeout_s:g} s"
            ) from None

    def _receive(
        self, future: "Future[None]", listener: Listener | None, cancel: CancelToken | None
    ) -> Reply:
        reply: Reply | None = None
        deadline = time.monotonic() + self._endpoint.timeout_s + GRACE_S
        while True:
            try:
                item = self._inbox.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                raise errors.timed_out("the call did not come back") from None
            if item is _CANCELLED or (cancel and cancel.cancelled):
                raise Cancelled(self._likely_usage())
            if item is _ENDED:
                future.result()  # raises what the provider raised
                if reply is None:
                    raise errors.half_stream()
                return reply
            assert isinstance(item, TextDelta | ToolCallStarted | Finished)
            if isinstance(item, Finished):
                reply = item.reply
            self._note(item)
            if listener:
                listener(item)

    def _note(self, event: TextDelta | ToolCallStarted | Finished) -> None:
        if self.first_token_at is None:
            self.first_token_at = time.monotonic()
        if isinstance(event, TextDelta):
            self._characters += len(event.text)
        self.streamed = True

    def _likely_usage(self) -> Usage:
        """What an answer costs that nobody waited for: it was asked, and partly written."""
        written = int(self._characters / reckoning.LIKELY)
        return Usage(reckoning.input_tokens(self._request), written, estimated=True)
