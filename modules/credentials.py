"""Keys of providers at rest: encrypted, never shown again.

Fernet (AES-128-CBC with HMAC-SHA256) under a key derived by HKDF from `CREDENTIALS_KEY`, which
is itself derived from `SECRET_KEY` unless set. What was encrypted under an older secret named
in `SECRET_KEY_FALLBACKS` can still be read, and is written anew under the present one when it
is saved next.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_SALT = b"missioncontrol.modules.credentials"


class Unreadable(Exception):
    """Encrypted under a secret that this installation no longer has."""


def encrypt(secret: str) -> str:
    """`secret` as it is kept in the database; an empty one stays empty."""
    return _fernet().encrypt(secret.encode()).decode() if secret else ""


def decrypt(kept: str) -> str:
    """The secret behind what is kept. Raises Unreadable."""
    if not kept:
        return ""
    try:
        return _fernet().decrypt(kept.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(_derive(secret)) for secret in _secrets()])


def _secrets() -> list[str]:
    """The present secret first. A fallback is derived just as settings derive the present one."""
    older = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = [
        hashlib.blake2b(b"credentials", key=secret.encode()[:64]).hexdigest() for secret in older
    ]
    return list(dict.fromkeys([settings.CREDENTIALS_KEY, *derived]))


def _derive(secret: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=_SALT, info=b"fernet")
    return base64.urlsafe_b64encode(hkdf.derive(secret.encode()))
