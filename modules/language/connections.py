"""SDK clients, kept open per endpoint on the loop that uses them."""

import weakref
from asyncio import AbstractEventLoop, get_running_loop
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import httpx2
from django.conf import settings

from modules.language import errors
from modules.language.base import Endpoint
from modules.language.transport import GuardedTransport

CONNECT_TIMEOUT_S = 10.0
KEPT = 32


class Closable(Protocol):
    async def close(self) -> None: ...


C = TypeVar("C", bound=Closable)


def http_client(endpoint: Endpoint) -> httpx2.AsyncClient:
    """An HTTP client that keeps the endpoint's time-outs and follows no redirect."""
    limits = httpx2.Limits(max_connections=500, max_keepalive_connections=50)
    public_only = settings.MODELS_PUBLIC_ONLY
    return httpx2.AsyncClient(
        transport=GuardedTransport(public_only=public_only, limits=limits),
        timeout=httpx2.Timeout(endpoint.timeout_s, connect=CONNECT_TIMEOUT_S),
        limits=limits,
        follow_redirects=False,
    )


@dataclass
class _Kept(Generic[C]):
    client: C
    users: int = 0


class Clients(Generic[C]):
    """At most `KEPT` clients that nobody uses; one in use is never closed.

    Clients belong to the event loop that made them, so each loop has its own.
    """

    def __init__(self, make: Callable[[Endpoint], C]) -> None:
        self._make = make
        self._of_loop: weakref.WeakKeyDictionary[
            AbstractEventLoop, OrderedDict[tuple[str, str, float], _Kept[C]]
        ] = weakref.WeakKeyDictionary()

    @asynccontextmanager
    async def lend(self, endpoint: Endpoint) -> AsyncIterator[C]:
        """The client of this endpoint (address, key, time-out), made when there is none."""
        kept = self._of_loop.setdefault(get_running_loop(), OrderedDict())
        key = (endpoint.base_url, endpoint.api_key, endpoint.timeout_s)
        if key not in kept:
            try:
                kept[key] = _Kept(self._make(endpoint))
            except httpx2.InvalidURL:
                raise errors.bad_address() from None
        entry = kept[key]
        kept.move_to_end(key)
        entry.users += 1
        try:
            yield entry.client
        finally:
            entry.users -= 1
            await self._close_idle(kept)

    async def _close_idle(self, kept: OrderedDict[tuple[str, str, float], _Kept[C]]) -> None:
        idle = [key for key, entry in kept.items() if not entry.users]
        for key in idle[: max(0, len(kept) - KEPT)]:
            await kept.pop(key).client.close()
