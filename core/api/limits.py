"""How often somebody may ask, counted in the cache that all processes share.

Requests fall into classes (login, read, write, run), each with a rate for one actor and a
higher one for one address, behind which several may sit. A process takes its share from the
shared count in small lots, so that most requests ask nobody; the limit is never exceeded by
that, and may be reached a lot early where several processes serve one caller.
"""

import threading
import time
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.core.cache import cache

log = structlog.get_logger(__name__)

WINDOW_S = 60
_LOTS = 50
_MOST_KNOWN = 20_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may pass, and what is left until `reset` (seconds)."""

    allowed: bool
    limit: int
    remaining: int
    reset: int


@dataclass(slots=True)
class _Share:
    window: int
    held: int = 0
    drawn: int = 0


class Meter:
    """Counts the requests of everyone, in windows of a minute."""

    def __init__(self) -> None:
        self._shares: dict[str, _Share] = {}
        self._lock = threading.Lock()

    def take(self, key: str, limit: int) -> Verdict:
        """Count one request of `key`. A limit of 0 means none."""
        now = time.time()
        window = int(now // WINDOW_S)
        reset = max(1, round((window + 1) * WINDOW_S - now))
        if limit <= 0:
            return Verdict(True, 0, 0, reset)
        with self._lock:
            share = self._shares.get(key)
            if share is None or share.window != window:
                if len(self._shares) >= _MOST_KNOWN:
                    self._shares = {
                        name: one for name, one in self._shares.items() if one.window == window
                    }
                share = self._shares[key] = _Share(window)
            if share.held > 0:
                share.held -= 1
                return Verdict(True, limit, max(0, limit - share.drawn) + share.held, reset)
            if share.drawn >= limit:
                return Verdict(False, limit, 0, reset)
        lot = max(1, limit // _LOTS)
        total = _draw(f"limit:{key}:{window}", lot)
        with self._lock:
            if total is None:  # the cache is away: count here alone
                total = share.drawn + lot
            granted = min(lot, limit - (total - lot))
            share.drawn = max(share.drawn, total)
            if granted <= 0:
                return Verdict(False, limit, 0, reset)
            share.held += granted - 1
            return Verdict(True, limit, max(0, limit - share.drawn) + share.held, reset)

    def forget(self) -> None:
        """Begin anew; for tests."""
        with self._lock:
            self._shares.clear()


def _draw(key: str, lot: int) -> int | None:
    try:
        cache.add(key, 0, timeout=2 * WINDOW_S)
        return int(cache.incr(key, lot))
    except Exception as error:  # any cache has its own; requests go on without it
        log.warning("limits.cache_unreachable", error=type(error).__name__)
        return None


meter = Meter()


def of_actor(kind: str, actor: str) -> Verdict:
    """Count one request of a class for an actor."""
    return meter.take(f"{kind}:{actor}", settings.RATE_LIMITS[kind])


def of_address(kind: str, address: str) -> Verdict:
    """Count one request of a class for an address."""
    limit = settings.RATE_LIMITS[kind] * settings.RATE_LIMIT_ADDRESS_FACTOR
    return meter.take(f"{kind}:at:{address}", limit)


def headers(kind: str, verdict: Verdict) -> dict[str, str]:
    """What a client is told of it (draft-ietf-httpapi-ratelimit-headers)."""
    if not verdict.limit:
        return {}
    return {
        "RateLimit-Policy": f'"{kind}";q={verdict.limit};w={WINDOW_S}',
        "RateLimit": f'"{kind}";r={verdict.remaining};t={verdict.reset}',
    }
