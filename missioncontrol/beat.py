"""The scheduler of the fixed entries: in memory, the same in every way to run."""

import time
from typing import Any

import celery.beat
import structlog

from missioncontrol import pulse

log = structlog.get_logger(__name__)


class Scheduler(celery.beat.Scheduler):
    """Celery's own scheduler, giving a pulse from its loop.

    It keeps nothing on disk and asks the database nothing: the entries are the five of the
    settings, and whatever people schedule is a row that the tick claims when it is due. So
    two schedulers at once do no harm, and an idle one costs nothing.
    """

    _last_pulse = 0.0

    def tick(self) -> float:
        now = time.monotonic()
        if now - self._last_pulse >= pulse.EVERY:
            self._last_pulse = now
            pulse.give("beat")
        wait: float = super().tick()
        return wait

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        """Send one message. A broker that is away is one line in the log, not a traceback.

        What is not sent is not missed: the next one asks for all that is due.
        """
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except Exception as error:
            cause = error.__cause__ or error.__context__ or error
            log.warning("beat.unreachable", entry=entry.name, error=type(cause).__name__)
