"""A breaker per endpoint, shared by all processes through the database.

Closed, it lets every call through. Five failures in a row that may pass open it: then nobody
calls, except one probe every 30 seconds over all processes, claimed by a conditional UPDATE by
the database's clock. A success closes it. So an outage of ten minutes costs twenty calls and
fails no run: runs wait until `retry_at`.
"""

from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from django.db.models import F
from django.utils.crypto import salted_hmac

from core.clock import Now, db_now, from_now
from core.errors import Unavailable
from modules.language.base import Endpoint
from modules.models import Breaker

OPENS_AFTER = 5
PROBE_EVERY = timedelta(seconds=30)

Admission = Literal["open_road", "probe"]


class BreakerOpen(Unavailable):
    """The endpoint is taken to be down; no call was made. Ask again at `retry_at`."""

    code = "breaker_open"

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(
            "The model's provider has failed several times in a row and gets a rest.",
            details={"retry_at": retry_at.isoformat()},
        )
        self.retry_at = retry_at


def key_of(provider: str, endpoint: Endpoint) -> str:
    """Names the breaker of an endpoint: provider, host, and a fingerprint of address and key.

    The key counts because a rate limit is the key's own: one workspace that has used up its
    own must not stop the others.
    """
    host = urlsplit(endpoint.base_url).hostname or "default"
    secret = f"{endpoint.base_url}\n{endpoint.api_key}\n{endpoint.options.get('breaker', '')}"
    fingerprint = salted_hmac("modules.breaker", secret).hexdigest()[:16]
    return f"{provider} {host[:120]} {fingerprint}"


def admit(key: str) -> Admission:
    """Let a call through, as the one probe if need be. Raises BreakerOpen."""
    breaker = Breaker.objects.filter(pk=key, state=Breaker.State.OPEN).first()
    if breaker is None:
        return "open_road"
    claimed = Breaker.objects.filter(pk=key, state=Breaker.State.OPEN, retry_at__lte=Now()).update(
        retry_at=from_now(PROBE_EVERY)
    )
    if claimed:
        return "probe"
    breaker = Breaker.objects.filter(pk=key, state=Breaker.State.OPEN).first()
    if breaker is None:  # closed in this very moment
        return "open_road"
    raise BreakerOpen(breaker.retry_at or db_now())


def succeeded(key: str) -> None:
    """The endpoint answers: close the breaker. Writes only when there is something to change."""
    if Breaker.objects.filter(pk=key, failures__gt=0).exists():
        Breaker.objects.filter(pk=key).update(
            state=Breaker.State.CLOSED, failures=0, opened_at=None, retry_at=None
        )


def failed(key: str) -> None:
    """Count a failure that may pass; the fifth in a row opens the breaker."""
    if not Breaker.objects.filter(pk=key).update(failures=F("failures") + 1):
        Breaker.objects.bulk_create([Breaker(key=key)], ignore_conflicts=True)
        Breaker.objects.filter(pk=key).update(failures=F("failures") + 1)
    Breaker.objects.filter(pk=key, state=Breaker.State.CLOSED, failures__gte=OPENS_AFTER).update(
        state=Breaker.State.OPEN, opened_at=Now(), retry_at=from_now(PROBE_EVERY)
    )
