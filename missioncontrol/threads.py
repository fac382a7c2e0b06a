"""A Celery worker and Celery beat as threads of this process, and the watch over them."""

import os
import socket
import threading
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import structlog
from celery import beat, signals
from celery.exceptions import SecurityWarning
from celery.worker import WorkController, state
from django.conf import settings

from missioncontrol.celery import app

log = structlog.get_logger(__name__)

WORK = "missioncontrol"
CLOCK = "clock"
QUEUES = (WORK, CLOCK)

# Fixed jobs are short, and each has at most one message waiting.
CLOCK_THREADS = 2

# What a worker does with its colleagues through the broker; ours meet in the database.
ALONE = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}


class Part(Protocol):
    """Something that runs in a thread until it is stopped."""

    name: str

    def run(self) -> None: ...
    def stop(self) -> None: ...
    def silent_for(self) -> float: ...


class Worker:
    """A worker of one queue.

    Celery keeps one list of queues per process, so each worker subscribes to all of them and
    at once takes back those of its neighbour.
    """

    def __init__(self, name: str, queue: str, threads: int) -> None:
        self.name = name
        self._others = [other for other in QUEUES if other != queue]
        self._seen = time.monotonic()
        self._controller = WorkController(
            app=app,
            hostname=f"{name}@{socket.gethostname()}",
            queues=list(QUEUES),
            pool="threads",
            concurrency=threads,
            ready_callback=self._ready,
            **ALONE,
        )

    def _ready(self, consumer: Any) -> None:
        for queue in self._others:
            consumer.task_consumer.cancel_by_queue(queue)
        # Celery waits two seconds for a message before it looks whether it should stop.
        connection = consumer.connection
        connection.drain_events = partial(_briefly, connection.drain_events)
        consumer.timer.call_repeatedly(1, lambda: consumer.call_soon(self._see))

    def _see(self) -> None:
        self._seen = time.monotonic()

    def run(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        # The consumer's loop looks at this between two messages and ends from within.
        state.should_stop = 0

    def silent_for(self) -> float:
        return time.monotonic() - self._seen


def _briefly(drain_events: Callable[..., None], timeout: float) -> None:
    drain_events(timeout=min(timeout, 0.2))


class Beat:
    """Celery beat; it sleeps half a second at most, so it also stops that fast."""

    name = "beat"

    def __init__(self) -> None:
        self._service = beat.Service(
            app, max_interval=0.5, scheduler_cls=app.conf.beat_scheduler, remote_control=False
        )
        self._started = time.monotonic()

    def run(self) -> None:
        self._service.start()

    def stop(self) -> None:
        self._service.stop()

    def silent_for(self) -> float:
        last: float | None = self._service._last_tick
        return time.monotonic() - (last or self._started)


class Watchdog:
    """Starts parts in threads, and starts anew whichever has ended or has hung.

    A thread cannot be killed: one that hangs is told to stop and left to itself. Should it
    come back it works once more, which nothing minds, since every job may run twice.
    """

    LOST_AFTER = 60.0  # seconds without a sign of life
    LONGEST_PAUSE = 30.0

    def __init__(self, *builders: Callable[[], Part], look_every: float = 1.0) -> None:
        self._builders = builders
        self._look_every = look_every
        self._running: dict[int, tuple[Part, threading.Thread]] = {}
        self._failures = [0] * len(builders)
        self._not_before = [0.0] * len(builders)
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        state.should_stop = None
        self._watch.start()

    def _run(self) -> None:
        while True:
            for index in range(len(self._builders)):
                if not self._stopping.is_set():
                    self._look_after(index)
            if self._stopping.wait(self._look_every):
                return

    def _look_after(self, index: int) -> None:
        part, thread = self._running.get(index, (None, None))
        if part and thread and thread.is_alive():
            if part.silent_for() < self.LOST_AFTER:
                return
            log.error("part.hangs", part=part.name, silent_for=round(part.silent_for()))
            part.stop()
            del self._running[index]
        elif part:
            log.error("part.ended", part=part.name)
            del self._running[index]
        if part:
            pause = min(self.LONGEST_PAUSE, 2.0 ** self._failures[index] - 1)
            self._failures[index] += 1
            self._not_before[index] = time.monotonic() + pause
        if time.monotonic() >= self._not_before[index]:
            self._begin(index)

    def _begin(self, index: int) -> None:
        try:
            part = self._builders[index]()
        except Exception:
            log.exception("part.cannot_start", part=index)
            self._not_before[index] = time.monotonic() + 5
            return
        thread = threading.Thread(target=_guarded, args=(part,), name=part.name, daemon=True)
        self._running[index] = part, thread
        thread.start()
        if self._stopping.is_set():  # asked to end while this one was being made
            part.stop()

    def stop(self) -> None:
        """Ask every part to end. Returns at once, and may be called from a signal handler."""
        if not self._stopping.is_set():
            self._stopping.set()
            for part, _ in list(self._running.values()):
                part.stop()

    def join(self, timeout: float) -> bool:
        """Wait for the parts to end; False when some still work after *timeout* seconds."""
        deadline = time.monotonic() + timeout
        self._watch.join(timeout)
        for _, thread in list(self._running.values()):
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for _, thread in self._running.values())


def _guarded(part: Part) -> None:
    try:
        part.run()
    except SystemExit:
        pass
    except BaseException:
        log.exception("part.failed", part=part.name)


def announce_shutdown() -> None:
    """Tell long jobs that they should come to an end, by the signal Celery has for it."""
    signals.worker_shutting_down.send(sender=WORK, sig="SIGTERM", how="Warm", exitcode=0)


def run_worker(name: str, queue: str, threads: int) -> int:
    """A worker in this very process and thread, until SIGTERM; returns the exit status."""
    # Said to whoever runs a worker as root; the danger it means is pickle, which is off.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    worker = app.Worker(
        hostname=f"{name}@{socket.gethostname()}-{os.getpid()}",
        queues=[queue],
        pool="threads",
        concurrency=threads,
        loglevel=settings.LOG_LEVEL,
        quiet=True,
        **ALONE,
    )
    worker.start()
    status: int | None = worker.exitcode
    return status or 0
