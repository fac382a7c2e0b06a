"""Which IP addresses are public, and which only look so."""

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

# Metadata services that answer on addresses not marked as link-local.
METADATA = {ip_address("100.100.100.200"), ip_address("fd00:ec2::254")}

# The well-known prefix and the one for local use both begin so (RFC 6052, RFC 8215).
_NAT64 = "0064:ff9b:"
# All that is given out of IPv6 lies in here (RFC 4291); the rest has other purposes.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Not public, though not every Python says so: protocol assignments (with Teredo), 6to4 and its
# relays, documentation, benchmarks.
_SPECIAL = [
    ip_network(text)
    for text in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
]
# What the C library takes for a number: 2130706433, 0x7f.1, 0177.0.0.1, 127.1.
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)


def embedded_address(address: Address) -> Address:
    """The IPv4 address inside a mapped, 6to4 or NAT64 one; else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour or address
    if address.exploded.startswith(_NAT64):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether this is an address of the open internet.

    One that carries another inside (mapped, NAT64, 6to4, Teredo) is not, whatever it carries:
    where it ends depends on machines between here and there.
    """
    if address in METADATA or address.is_multicast or not address.is_global:
        return False
    if address.is_reserved or address.is_unspecified or address.is_loopback:
        return False
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return not any(address in network for network in _SPECIAL)


def literal_address(host: str) -> Address | None:
    """The address that a host of a URL is, written as everybody writes it; None for a name."""
    try:
        return ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def is_plain_host(host: str) -> bool:
    """Whether a host is a name, or an address in its usual spelling.

    Resolvers take `2130706433`, `0x7f.1`, `0177.0.0.1`, `127.1` and digits of other widths for
    127.0.0.1. Nobody writes them so who has nothing to hide.
    """
    if literal_address(host) is not None:
        return "%" not in host
    plain = unicodedata.normalize("NFKC", host)
    if plain != host and not plain.isascii():
        return False
    labels = plain.removesuffix(".").split(".")
    if len(plain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    return plain == host and not _NUMBER.fullmatch(labels[-1])
