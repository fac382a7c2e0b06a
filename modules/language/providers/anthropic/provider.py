"""The provider `anthropic`: messages, streamed."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import Any

import anthropic
import httpx2

from modules.language import errors
from modules.language.base import Endpoint
from modules.language.connections import Clients, http_client
from modules.language.providers.anthropic import wire
from modules.language.providers.anthropic.reading import Reading
from modules.language.streams import is_event_stream, read, unstreamed
from modules.language.transport import AddressRefused
from modules.language.types import Event, Finished, Request


def make_client(endpoint: Endpoint) -> anthropic.AsyncAnthropic:
    """A client that repeats nothing; a key is always given, so none is sought elsewhere."""
    return anthropic.AsyncAnthropic(
        api_key=endpoint.api_key or "none",
        base_url=wire.base_url(endpoint),
        max_retries=0,
        timeout=httpx2.Timeout(endpoint.timeout_s, connect=10.0),
        http_client=http_client(endpoint),
    )


class AnthropicProvider:
    """Words and tool calls; what the model thinks to itself is passed over."""

    def __init__(self) -> None:
        self._clients = Clients(make_client)

    async def stream(self, request: Request, endpoint: Endpoint) -> AsyncGenerator[Event, None]:
        """See Provider.stream."""
        reading = Reading(request, endpoint)
        async with self._clients.lend(endpoint) as client:
            with translated(endpoint):
                stream = await client.messages.create(
                    **wire.body(request, endpoint),
                    extra_body=wire.extra_body(request, endpoint),
                )
            try:
                if not is_event_stream(stream.response.headers):
                    raise await unstreamed(stream.response, endpoint, translated)
                async for event in read(aiter(stream), reading, endpoint, translated):
                    yield event
            finally:
                await stream.close()
        yield Finished(reading.reply())


@contextmanager
def translated(endpoint: Endpoint) -> Iterator[None]:
    """Whatever the SDK or the network raises becomes a ProviderError."""
    try:
        yield
    except anthropic.APIStatusError as error:
        if error.status_code < 300:  # raised by the stream for an error inside a 200
            raise errors.from_body(error.body, secret=endpoint.api_key) from None
        raise errors.from_status(
            error.status_code,
            words=_words(error.body),
            kind=error.error_code or error.type,
            headers=error.response.headers,
            secret=endpoint.api_key,
        ) from None
    except (anthropic.APITimeoutError, httpx2.TimeoutException):
        raise errors.timed_out(f"nothing came for {endpoint.timeout_s:g} s") from None
    except (anthropic.APIConnectionError, httpx2.HTTPError) as error:
        cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
        if isinstance(cause, AddressRefused):
            raise errors.refused_address() from None
        raise errors.unreachable(cause) from None
    except (
        anthropic.AnthropicError,
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
    ) as error:
        raise errors.garbage(type(error).__name__) from None


def _words(body: Any) -> str:
    """The server's message; not its whole body, which may be a page of HTML."""
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("message") or "") if isinstance(error, dict) else ""
