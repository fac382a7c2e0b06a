"""Where a model may be, as far as its address alone can tell."""

import ipaddress
from urllib.parse import urlsplit

from core.errors import Invalid
from modules.language.guard import is_allowed


def checked(base_url: str) -> str:
    """The address without its last slash; empty means the provider's own.

    Raises Invalid for what is no http(s) address, hides a password or a query, or names an
    address at which no model may be. Names are looked up when connecting, and checked then.
    """
    address = base_url.strip().rstrip("/")
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _wrong("That is not an address.") from None
    if parts.scheme not in ("http", "https") or not host or " " in address:
        raise _wrong("The address begins with http:// or https://, then a host.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise _wrong("The address has no name, password, query or fragment in it.")
    if len(address) > 200:
        raise _wrong("The address has at most 200 characters.")
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return address
    if not is_allowed(ip, public_only=False):
        raise _wrong("No model may be at that address.")
    return address


def _wrong(why: str) -> Invalid:
    return Invalid(why, field="base_url")
