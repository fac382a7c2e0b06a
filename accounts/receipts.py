"""Doing a request once, however often it is sent.

A client that never heard the answer sends the same request again, with the same key. The
change and the receipt with its answer are one transaction: either both are there, and the
answer is given again, or neither, and the request is done now.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Receipt
from core.clock import Now, from_now
from core.errors import Conflict

KEPT = timedelta(hours=24)
# A request that has not been answered after this is taken to have died with its process.
GIVEN_UP = timedelta(seconds=60)


@dataclass(frozen=True)
class Answer:
    """What was, or is to be, answered."""

    status: int
    content: bytes
    headers: dict[str, str]
    again: bool = False


def digest_of(*parts: bytes) -> str:
    """The fingerprint of a request: its method, address and body."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()


def once(
    *, owner: str, key: str, digest: str, do: Callable[[], Answer], together: bool = True
) -> Answer:
    """Do it, or give the answer that it brought before.

    `together` makes the change and its receipt one transaction; where `do` waits on others
    for long it must not be, and a process that dies in between leaves the outcome open.
    Raises Conflict when the key was used for something else, or is in use right now. What
    fails leaves no receipt: it may be tried again.
    """
    receipt, known = _open(owner, key, digest)
    if known is not None:
        return known
    mine = Receipt.objects.filter(pk=receipt.pk, attempt=receipt.attempt, status=None)
    try:
        if not together:
            answer = do()
            _close(mine, answer)
            return answer
        with transaction.atomic():
            answer = do()
            if answer.status >= 400:
                transaction.set_rollback(True)
            else:
                _close(mine, answer)
    except BaseException:
        mine.delete()
        raise
    if answer.status >= 400:
        mine.delete()
    return answer


def _open(owner: str, key: str, digest: str) -> tuple[Receipt, Answer | None]:
    fresh = Receipt(owner=owner, key=key, digest=digest, started_at=timezone.now())
    Receipt.objects.bulk_create([fresh], ignore_conflicts=True)
    held = Receipt.objects.filter(owner=owner, key=key).first()
    if held is None:
        raise Conflict("This key is in use. Try again.", code="idempotency_in_flight")
    if held.pk == fresh.pk:
        return held, None
    if Receipt.objects.filter(pk=held.pk, created_at__lt=from_now(-KEPT)).delete()[0]:
        return _open(owner, key, digest)
    if held.digest != digest:
        raise Conflict(
            "This Idempotency-Key was used for another request.", code="idempotency_key_reused"
        )
    if held.status is not None:
        return held, _stored(held)
    abandoned = Receipt.objects.filter(
        pk=held.pk, status=None, attempt=held.attempt, started_at__lt=from_now(-GIVEN_UP)
    )
    if not abandoned.update(attempt=F("attempt") + 1, started_at=Now()):
        raise Conflict(
            "The first request with this Idempotency-Key is still under way.",
            code="idempotency_in_flight",
            details={"retry_after": 1},
        )
    held.attempt += 1
    return held, None


def _close(mine: Any, answer: Answer) -> None:
    kept = mine.update(
        status=answer.status, headers=answer.headers, answer=_box().encrypt(answer.content)
    )
    if not kept:
        raise Conflict(
            "Another attempt with this Idempotency-Key was faster.", code="idempotency_in_flight"
        )


def _stored(receipt: Receipt) -> Answer:
    try:
        content = _box().decrypt(bytes(receipt.answer))
    except InvalidToken as error:  # the secret of the installation was changed meanwhile
        raise Conflict("This key was used before.", code="idempotency_key_reused") from error
    assert receipt.status is not None
    return Answer(receipt.status, content, dict(receipt.headers), again=True)


def forget_old() -> int:
    """Remove what is older than a day. Returns how many there were."""
    return Receipt.objects.filter(created_at__lt=from_now(-KEPT)).delete()[0]


def _box() -> Fernet:
    # Answers may hold what is told only once, such as a new key.
    secret = settings.SECRET_KEY.encode()[:64]
    key = hashlib.blake2b(b"receipts", key=secret, digest_size=32).digest()
    return Fernet(base64.urlsafe_b64encode(key))
