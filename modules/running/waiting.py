"""Waiting a while for a job, for those who want its result at once."""

import threading
import time

from modules.models import Job

LONGEST_S = 20.0
# Each holds a thread that answers requests; the others are told to come back.
_places = threading.BoundedSemaphore(4)


def wait_for(job: Job, seconds: float) -> Job:
    """The job as it is when it has ended or waits for a person, or when the time is over.

    At most 20 `seconds`.
    """
    if seconds <= 0 or not _places.acquire(blocking=False):
        return job
    try:
        deadline = time.monotonic() + min(seconds, LONGEST_S)
        delay = 0.02
        while job.under_way and time.monotonic() < deadline:
            pause(delay)
            delay = min(0.25, delay * 1.5)
            job.refresh_from_db()
        return job
    finally:
        _places.release()


def pause(seconds: float) -> None:
    """Let others work."""
    time.sleep(seconds)
