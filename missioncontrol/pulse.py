"""Signs of life of the parts that answer no requests: when each was last seen running.

Kept in the cache, which is Redis where there are several processes and memory where there is
one. A pulse is given from inside the loop that does the work, so that a process which is
there but stuck has none.
"""

import time
from typing import Any

import structlog
from celery import bootsteps
from django.core.cache import cache

EVERY = 5.0  # seconds between two pulses
LOST_AFTER = 30.0  # seconds of silence after which a part counts as down

log = structlog.get_logger(__name__)


def give(part: str) -> None:
    """Note that *part* (``worker``, ``clock`` or ``beat``) runs. Never raises."""
    try:
        cache.set(f"pulse.{part}", time.time(), timeout=3600)
    except Exception as error:  # a cache that is down is for the health check to tell
        log.warning("pulse.unreachable", part=part, error=type(error).__name__)


def age(part: str) -> float | None:
    """Seconds since the last pulse of *part*; None when there was none within the hour."""
    given: float | None = cache.get(f"pulse.{part}")
    return None if given is None else max(0.0, time.time() - given)


class WorkerPulse(bootsteps.StartStopStep):
    """Makes a Celery worker give its pulse from its consumer's own loop.

    The part's name is what stands before the @ in the worker's name.
    """

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self.timer: Any = None

    def start(self, consumer: Any) -> None:
        part = consumer.hostname.split("@")[0]

        def give_from_the_loop() -> None:
            consumer.call_soon(give, part)

        give(part)
        self.timer = consumer.timer.call_repeatedly(EVERY, give_from_the_loop)

    def stop(self, consumer: Any) -> None:
        if self.timer:
            self.timer.cancel()
            self.timer = None
