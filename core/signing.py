"""Signatures of webhooks, as Standard Webhooks 1.0 say (www.standardwebhooks.com).

Signed are id, time and body together, so that none of them can be changed, and a message
that was heard can be sent again for as long as its time is taken for fresh, and under its own
id alone: whoever remembers ids for that long takes no message twice.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"
# How far the sender's clock and ours may be apart, in seconds.
TOLERANCE_S = 300


class BadSignature(Exception):
    """The message is not from whom it should be, or not as it was sent, or not from now."""


def new_secret() -> str:
    """A secret of 256 bits, in the form that receivers' libraries take."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature: `v1,` and the HMAC-SHA256 in base64. Raises ValueError for no secret."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(
    known: Iterable[str], *, message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """The headers of a message, with one signature for each secret."""
    made = [sign(one, message_id=message_id, timestamp=timestamp, body=body) for one in known]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(made),
    }


def verify(
    secret: str, *, message_id: str, timestamp: str, signatures: str, body: bytes, now: float
) -> None:
    """Raise BadSignature unless one of `signatures` is right and the time is about now."""
    if not message_id or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        raise BadSignature("The message has no id or no time.")
    if abs(now - int(timestamp)) > TOLERANCE_S:
        raise BadSignature("The message is too old, or from the future.")
    right = sign(secret, message_id=message_id, timestamp=int(timestamp), body=body)
    # All are compared, so that the time taken tells nothing.
    found = [hmac.compare_digest(right.encode(), one.encode()) for one in signatures.split()[:10]]
    if not any(found):
        raise BadSignature("The signature is wrong.")


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("A secret is whsec_ and base64.") from error
