"""Which addresses a model may be at, checked on the address that is really connected to.

Somebody who may enter a base URL could point it at what only this machine can reach. Local
and private addresses are fair (a model server often runs next door), unless the
installation says `MODELS_PUBLIC_ONLY`; link-local ones, where clouds keep their metadata,
never are. The name is resolved here and the connection made to the checked address, so a
name that changes its mind between the two gains nothing; redirects are not followed.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx2

Address = IPv4Address | IPv6Address

_NAT64 = "64:ff9b::"
# Metadata services that answer on addresses not marked as link-local.
_METADATA = {ip_address("100.100.100.200"), ip_address("fd00:ec2::254")}


def embedded_address(address: Address) -> Address:
    """The IPv4 address inside a mapped, 6to4 or NAT64 one; else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour or address
    if address.exploded.startswith(ip_address(_NAT64).exploded[:29]):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_allowed(address: Address, *, public_only: bool) -> bool:
    """Whether a model may be called at this address."""
    inner = embedded_address(address)
    if inner.is_loopback:  # first, since ::1 counts as reserved as well
        return not public_only
    if (
        inner.is_link_local
        or inner.is_multicast
        or inner.is_unspecified
        or inner.is_reserved
        or inner in _METADATA
    ):
        return False
    return inner.is_global or not public_only


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
