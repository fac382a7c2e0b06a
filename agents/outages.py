"""How long a run waits for a provider that is in trouble: runs wait, they do not fail."""

import random
from datetime import datetime, timedelta

from agents.errors import Suspended
from agents.models import Run
from core.clock import db_now
from modules.language.base import ProviderError
from modules.models import Call

FIRST_REST_S = 30.0
LONGEST_REST_S = 600.0
# About an hour and a half of calls that all failed: then it is not an outage any more.
MOST_FAILED_CALLS = 12
# Those who wait for the same provider come back one after the other within these seconds.
SPREAD_S = 5.0


def rest_until(moment: datetime, reason: str) -> Suspended:
    """Wait for a breaker that may close at `moment`."""
    return Suspended("provider", reason, moment + timedelta(seconds=random.uniform(0, SPREAD_S)))


def rest_after(run: Run, error: ProviderError) -> Suspended | None:
    """The wait after a call that may go well later; None when waiting is in vain.

    30 seconds at first, doubling to ten minutes, and never shorter than the server wishes.
    """
    failed = Call.objects.filter(run=run, status=Call.Status.ERROR).count()
    if not error.transient or failed >= MOST_FAILED_CALLS:
        return None
    wait = min(FIRST_REST_S * 2 ** max(failed - 1, 0), LONGEST_REST_S)
    wait = max(wait, error.retry_after or 0.0) + random.uniform(0, SPREAD_S)
    return Suspended("provider", str(error), db_now() + timedelta(seconds=wait))
