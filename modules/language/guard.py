"""Which addresses a model may be at.

Somebody who may enter a base URL could point it at what only this machine can reach. Local
and private addresses are fair (a model server often runs next door), unless the
installation says `MODELS_PUBLIC_ONLY`; link-local ones, where clouds keep their metadata,
never are.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address

# The well-known prefix and the one for local use both begin so (RFC 6052, RFC 8215).
_NAT64 = "0064:ff9b:"
# Metadata services that answer on addresses not marked as link-local.
_METADATA = {ip_address("100.100.100.200"), ip_address("fd00:ec2::254")}


def embedded_address(address: Address) -> Address:
    """The IPv4 address inside a mapped, 6to4 or NAT64 one; else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour or address
    if address.exploded.startswith(_NAT64):
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
