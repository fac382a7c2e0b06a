"""The scheduler of the fixed entries: in memory, the same in every way to run."""

import time

import celery.beat

from missioncontrol import pulse


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
