"""Everything in one process: web server, worker and beat. What ``make run`` starts by default.

The broker and the sockets live in this process's memory, so there can be one such process
only; a lock on a file keeps a second away.
"""

import ctypes
import fcntl
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import structlog
from django.conf import settings
from django.db import connections

from core import publishing
from missioncontrol import threads
from missioncontrol.web import Server

log = structlog.get_logger(__name__)

# Seconds that jobs are given to end after the web server has. Whatever is not done then
# is taken up at the next start: the database knows how far it got.
GRACE = 5.0

# glibc's name for the number of heaps, as <malloc.h> has it.
_M_ARENA_MAX = -8


class AlreadyRunning(Exception):
    """Another process of this installation runs in embedded mode."""


def run(*, host: str, port: int, welcome: Callable[[], str]) -> int:
    """Serve until SIGINT or SIGTERM, and print *welcome*'s line once it does.

    Returns the exit status.
    """
    _share_one_heap()
    lock = _only_one(settings.VAR_DIR / "run.lock")
    line = welcome()
    watchdog = threads.Watchdog(
        lambda: threads.Worker("worker", threads.WORK, settings.WORKER_THREADS),
        lambda: threads.Worker("clock", threads.CLOCK, threads.CLOCK_THREADS),
        threads.Beat,
    )

    def listening() -> None:
        watchdog.start()
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    server = Server(host=host, port=port, started=listening)

    def on_signal(number: int, frame: FrameType | None) -> None:
        if server.should_exit:  # asked a second time: at once
            os._exit(130)
        server.should_exit = True
        watchdog.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)

    server.run()
    publishing.set_loop(None)
    watchdog.stop()
    threads.announce_shutdown()
    ended = watchdog.join(GRACE) if server.started else True
    connections.close_all()
    os.close(lock)
    if not ended:
        # The interpreter would wait for the threads of the pool, however long they take.
        log.warning("stopped.with_jobs_running", hint="they are taken up at the next start")
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    return 0 if server.started else 1


def _share_one_heap() -> None:
    """glibc gives each thread a heap of its own, which here is only space that nobody uses."""
    with suppress(AttributeError):  # another libc has no such thing
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Keep the house from being started while something else is done with its data."""
    descriptor = _only_one(path)
    try:
        yield
    finally:
        os.close(descriptor)


def _only_one(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(descriptor, 20).decode(errors="replace").strip()
        os.close(descriptor)
        raise AlreadyRunning(
            f"Mission Control already runs from {path.parent} (process {owner or 'unknown'})."
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor
