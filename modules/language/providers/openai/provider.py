"""The provider `openai`: chat completions, streamed."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import cast

import httpx2
import openai

from modules.language import errors
from modules.language.base import Endpoint
from modules.language.connections import Clients, http_client
from modules.language.providers.openai import wire
from modules.language.providers.openai.reading import Reading
from modules.language.streams import is_event_stream, read, unstreamed
from modules.language.transport import AddressRefused
from modules.language.types import Event, Finished, Request


def make_client(endpoint: Endpoint) -> openai.AsyncOpenAI:
    """A client that repeats nothing and takes nothing from the environment.

    An organisation or project that stands there belongs to the installation and must not
    travel to the address of one workspace.
    """
    nothing = cast(str, openai.omit)
    return openai.AsyncOpenAI(
        api_key=endpoint.api_key or "none",
        admin_api_key="",
        base_url=endpoint.base_url or wire.DEFAULT_BASE_URL,
        default_headers={"OpenAI-Organization": nothing, "OpenAI-Project": nothing},
        max_retries=0,
        timeout=httpx2.Timeout(endpoint.timeout_s, connect=10.0),
        http_client=http_client(endpoint),
    )


class OpenAIProvider:
    """Tolerant of servers that send no usage, no ids of calls, or no index."""

    def __init__(self) -> None:
        self._clients = Clients(make_client)

    async def stream(self, request: Request, endpoint: Endpoint) -> AsyncGenerator[Event, None]:
        """See Provider.stream."""
        reading = Reading(request, endpoint)
        async with self._clients.lend(endpoint) as client:
            with translated(endpoint):
                stream = await client.chat.completions.create(
                    **wire.body(request, endpoint),
                    extra_body=endpoint.options.get("extra_body"),
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
    except openai.APIStatusError as error:
        raise errors.from_status(
            error.status_code,
            words=_words(error),
            kind=error.code or error.type,
            headers=error.response.headers,
            secret=endpoint.api_key,
        ) from None
    except openai.APITimeoutError:
        raise errors.timed_out(f"nothing came for {endpoint.timeout_s:g} s") from None
    except openai.APIConnectionError as error:
        cause = error.__cause__
        if isinstance(cause, AddressRefused):
            raise errors.refused_address() from None
        raise errors.unreachable(cause if isinstance(cause, Exception) else error) from None
    except openai.APIError as error:  # raised by the stream for an error inside a 200
        body = error.body if isinstance(error.body, dict) else {"message": error.message}
        raise errors.from_body({"error": body}, secret=endpoint.api_key) from None
    except httpx2.TimeoutException:
        raise errors.timed_out(f"nothing came for {endpoint.timeout_s:g} s") from None
    except httpx2.HTTPError as error:
        raise errors.unreachable(error) from None
    except (openai.OpenAIError, ValueError, TypeError, AttributeError, LookupError) as error:
        raise errors.garbage(type(error).__name__) from None


def _words(error: openai.APIStatusError) -> str:
    """The server's message; not its whole body, which may be a page of HTML."""
    if isinstance(error.body, dict):
        return str(error.body.get("message") or error.body.get("error") or "")
    return ""
