"""Sending what waits: claimed by one worker, signed, tried again, given up after a day.

A claim is a lease with a token: whoever takes an attempt that is due writes its token into the
row by one conditional update, and what comes of the attempt counts only while the token still
stands there. No transaction is open while the receiver is spoken to. A worker that dies in
the middle leaves a claim that runs out, and the message goes out again under the same id.
"""

import random
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID, uuid4

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from activity.models import Delivery, Webhook
from activity.webhooks.actions import secrets_of, switch_off
from activity.webhooks.queueing import SENDER
from core.clock import db_now
from core.http import Answer, OutboundError, fetch
from core.queueing import enqueue
from core.sealing import Unreadable
from core.signing import headers as signature_headers

log = structlog.get_logger(__name__)

# What passes between two attempts: 24 hours together, before the jitter.
DELAYS = [
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=6, minutes=25),
]
JITTER = 0.1
FAILING_FOR = timedelta(days=1)
TIMEOUT_S = 15.0
LEASE = timedelta(seconds=60)
MAX_WAIT = timedelta(hours=24)
# From so many failures in a row on, a receiver is asked once in this time, whatever waits.
TIRED_AFTER, REST = 5, timedelta(minutes=1)
EXCERPT = 500
# Threads of one process that may wait on receivers at once: others have work to do as well.
AT_ONCE = 2
# After so long a job ends and another takes over, so that a stop does not wait for it.
ROUND_S = 20.0
LOOKED_AT = 20

_places = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt."""

    status: int | None = None
    excerpt: str = ""
    error: str = ""
    retry_after: timedelta | None = None

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def somebody_waits() -> bool:
    """Whether an attempt is due."""
    return _due(db_now()).exists()


def send_waiting(limit: int = 200) -> int:
    """Send what is due until nothing is. Returns the number of attempts."""
    if not _places.acquire(blocking=False):
        return 0
    try:
        began, attempts = time.monotonic(), 0
        while attempts < limit and time.monotonic() - began < ROUND_S:
            delivery = claim_next()
            if delivery is None:
                return attempts
            settle(delivery, attempt(delivery))
            attempts += 1
    finally:
        _places.release()
    enqueue(SENDER)
    return attempts


def claim_next() -> Delivery | None:
    """Take the attempt that has been due for longest, or None when there is none."""
    now = db_now()
    busy = Delivery.objects.filter(state="waiting", claimed_until__gt=now)
    candidates = _due(now).exclude(webhook__in=busy.values("webhook"))
    for pk in candidates.order_by("next_try_at", "pk").values_list("pk", flat=True)[:LOOKED_AT]:
        token = uuid4()
        if (
            _claimable(now)
            .filter(pk=pk)
            .update(claim=token, claimed_until=now + LEASE, attempts=F("attempts") + 1)
        ):
            row = Delivery.objects.select_related("webhook__workspace").filter(pk=pk, claim=token)
            return row.first()
    return None


def _claimable(now: datetime) -> QuerySet[Delivery]:
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    return Delivery.objects.filter(free, state="waiting", next_try_at__lte=now)


def _due(now: datetime) -> QuerySet[Delivery]:
    open_ones = Q(webhook__not_before=None) | Q(webhook__not_before__lte=now)
    return _claimable(now).filter(open_ones, webhook__enabled=True)


def attempt(delivery: Delivery) -> Outcome:
    """Speak with the receiver once. Never raises for what the receiver does."""
    body = delivery.payload.encode()
    try:
        signed = signature_headers(
            secrets_of(delivery.webhook),
            message_id=delivery.message_id,
            timestamp=int(db_now().timestamp()),
            body=body,
        )
    except Unreadable:
        return Outcome(error="Its secret cannot be read any more; give it another one.")
    try:
        answer = fetch(
            delivery.webhook.url,
            method="POST",
            headers={"Content-Type": "application/json", **signed},
            content=body,
            timeout_s=TIMEOUT_S,
            max_bytes=4 * EXCERPT,
            cut=True,
            max_redirects=0,
        )
    except OutboundError as error:
        return Outcome(error=error.message[:300])
    said = "" if 200 <= answer.status < 300 else f"It answered {answer.status}."
    text = answer.text.replace("\x00", "")[:EXCERPT]
    return Outcome(answer.status, text, said, _retry_after(answer))


def settle(delivery: Delivery, outcome: Outcome) -> bool:
    """Write down what came of an attempt. False when somebody else has taken it since."""
    now = db_now()
    mine = Delivery.objects.filter(pk=delivery.pk, claim=delivery.claim, state="waiting")
    told = {"status": outcome.status, "excerpt": outcome.excerpt, "error": outcome.error}
    delay = _delay(delivery.attempts, outcome)
    if outcome.delivered:
        change = {"state": "delivered", "delivered_at": now}
    elif outcome.status == 410 or delay is None:
        change = {"state": "failed"}
    else:
        change = {"next_try_at": now + delay}
    with transaction.atomic():
        if not mine.update(claim=None, claimed_until=None, **told, **change):
            return False
        _note(delivery.webhook_id, outcome, now)
    if not outcome.delivered:
        _perhaps_switch_off(delivery, outcome, now)
    return True


def _note(webhook_id: UUID, outcome: Outcome, now: datetime) -> None:
    webhook = Webhook.objects.filter(pk=webhook_id)
    if outcome.delivered:
        webhook.filter(failures__gt=0).update(failures=0, failing_since=None, not_before=None)
        return
    webhook.filter(failing_since=None).update(failing_since=now)
    webhook.update(failures=F("failures") + 1)
    if outcome.retry_after is not None:
        webhook.update(not_before=now + outcome.retry_after)
    else:
        webhook.filter(failures__gte=TIRED_AFTER).update(not_before=now + REST)


def _perhaps_switch_off(delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    webhook = Webhook.objects.select_related("workspace").filter(pk=delivery.webhook_id).first()
    if webhook is None:
        return
    if outcome.status == 410:
        switch_off(webhook=webhook, because="The receiver says that it is gone (410).")
    elif webhook.failing_since is not None and webhook.failing_since <= now - FAILING_FOR:
        said = outcome.error or "no answer"
        switch_off(webhook=webhook, because=f"It has failed for a day. Last: {said}")
    else:
        log.info("webhook.failed", webhook=str(webhook.pk), status=outcome.status)


def _delay(attempts: int, outcome: Outcome) -> timedelta | None:
    """How long to wait after so many attempts; None after the last one."""
    if attempts > len(DELAYS):
        return None
    usual = DELAYS[max(attempts, 1) - 1] * (1 + random.random() * JITTER)
    return max(usual, outcome.retry_after) if outcome.retry_after else usual


def _retry_after(answer: Answer) -> timedelta | None:
    """What the receiver asks for: seconds, or a date; a day at most."""
    text = answer.headers.get("retry-after", "").strip()
    if not text or answer.status < 300:
        return None
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), MAX_WAIT)
    try:
        moment = parsedate_to_datetime(text)
        wait = moment - db_now()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(wait, timedelta()), MAX_WAIT)
