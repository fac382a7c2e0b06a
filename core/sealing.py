"""Secrets at rest: encrypted, each kind under a key of its own.

Fernet (AES-128-CBC with HMAC-SHA256) under keys derived by HKDF from `CREDENTIALS_KEY`, which
is itself derived from `SECRET_KEY` unless set. What was sealed under an older secret named in
`SECRET_KEY_FALLBACKS` can still be read, and is sealed anew under the present one when it is
saved next.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(Exception):
    """Sealed under a secret that this installation no longer has."""


def seal(secret: str, *, purpose: str) -> str:
    """`secret` as it is kept in the database; an empty one stays empty.

    `purpose` names what it is for, as `room.thing`: what is sealed for one opens for no other.
    """
    return _fernet(purpose).encrypt(secret.encode()).decode() if secret else ""


def unseal(kept: str, *, purpose: str) -> str:
    """The secret behind what is kept. Raises Unreadable."""
    if not kept:
        return ""
    try:
        return _fernet(purpose).decrypt(kept.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def _fernet(purpose: str) -> MultiFernet:
    return MultiFernet([Fernet(_derive(secret, purpose)) for secret in _secrets()])


def _secrets() -> list[str]:
    """The present secret first. A fallback is derived just as settings derive the present one."""
    older = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = [
        hashlib.blake2b(b"credentials", key=secret.encode()[:64]).hexdigest() for secret in older
    ]
    return list(dict.fromkeys([settings.CREDENTIALS_KEY, *derived]))


def _derive(secret: str, purpose: str) -> bytes:
    salt = f"missioncontrol.{purpose}".encode()
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"fernet")
    return base64.urlsafe_b64encode(hkdf.derive(secret.encode()))
