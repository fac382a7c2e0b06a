"""Connections to checked addresses only.

The name is resolved here and the connection made to the address that was checked, so a name
that changes its mind between the two gains nothing.
"""

import asyncio
import socket
from ipaddress import ip_address

import httpx2

from modules.language.guard import Address, is_allowed


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """Connects to checked addresses only; TLS still verifies the name in the URL."""

    def __init__(self, *, public_only: bool, limits: httpx2.Limits) -> None:
        super().__init__(limits=limits)
        self.public_only = public_only

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        name = request.url.host
        addresses = await self._resolve(name, request)
        refused: Exception | None = None
        for address in addresses:
            host = f"[{address}]" if address.version == 6 else str(address)
            request.extensions = {**request.extensions, "sni_hostname": name}
            request.url = request.url.copy_with(host=host)
            try:
                return await super().handle_async_request(request)
            except httpx2.ConnectError as error:
                refused = error
        raise refused or httpx2.ConnectError(f"{name} has no address", request=request)

    async def _resolve(self, name: str, request: httpx2.Request) -> list[Address]:
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpx2.ConnectError(f"{name} has no address", request=request) from error
        # Duplicates go, the order of the resolver stays.
        addresses = list(dict.fromkeys(ip_address(entry[4][0]) for entry in found))
        allowed = [a for a in addresses if is_allowed(a, public_only=self.public_only)]
        if not allowed:
            raise AddressRefused(f"{name} is at an address that is not allowed", request=request)
        return allowed


class AddressRefused(httpx2.RequestError):
    """The name leads to an address where no model may be."""
