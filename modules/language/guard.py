"""Which addresses a model may be at.

Somebody who may enter a base URL could point it at what only this machine can reach. Local
and private addresses are fair (a model server often runs next door), unless the
installation says `MODELS_PUBLIC_ONLY`; link-local ones, where clouds keep their metadata,
never are.
"""

from core.addresses import METADATA, Address, embedded_address, is_public

__all__ = ["Address", "is_allowed"]


def is_allowed(address: Address, *, public_only: bool) -> bool:
    """Whether a model may be called at this address."""
    inner = embedded_address(address)
    if public_only:
        return is_public(inner)
    if inner.is_loopback:  # first, since ::1 counts as reserved as well
        return True
    return not (
        inner.is_link_local
        or inner.is_multicast
        or inner.is_unspecified
        or inner.is_reserved
        or inner in METADATA
    )
