"""Keys of providers at rest: encrypted, never shown again."""

from core.sealing import Unreadable, seal, unseal

__all__ = ["Unreadable", "decrypt", "encrypt"]

_PURPOSE = "modules.credentials"


def encrypt(secret: str) -> str:
    """`secret` as it is kept in the database; an empty one stays empty."""
    return seal(secret, purpose=_PURPOSE)


def decrypt(kept: str) -> str:
    """The secret behind what is kept. Raises Unreadable."""
    return unseal(kept, purpose=_PURPOSE)
