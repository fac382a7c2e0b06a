"""``manage.py run``: the whole of Mission Control, or one part of it."""

import socket
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from missioncontrol import embedded, supervisor
from missioncontrol.management.commands.prepare import welcome_line


class Command(BaseCommand):
    help = (
        "Start Mission Control and keep it running until Ctrl-C: everything in one process, or, "
        "with REDIS_URL set, web, workers and beat as processes of their own. With the name of "
        "a part, that part alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("part", nargs="?", default="all", choices=["all", *PARTS])
        parser.add_argument("--fd", type=int, help="an open listening socket (web only)")

    def handle(self, *, part: str, fd: int | None, **options: Any) -> None:
        if part != "all":
            if settings.EMBEDDED:
                raise CommandError(
                    f"A {part} process of its own needs a broker: set REDIS_URL. Without it, "
                    "'manage.py run' keeps everything in one process."
                )
            sys.exit(PARTS[part](fd))

        run = embedded.run if settings.EMBEDDED else supervisor.run
        try:
            sys.exit(run(host=settings.HOST, port=settings.PORT, welcome=welcome_line))
        except embedded.AlreadyRunning as error:
            raise CommandError(str(error)) from None


def web(fd: int | None) -> int:
    from missioncontrol.web import Server, stop_on_signals

    server = Server(host=settings.HOST, port=settings.PORT, started=lambda: None)
    stop_on_signals(server)
    server.run(sockets=None if fd is None else [socket.socket(fileno=fd)])
    return 0 if server.started else 1


def worker(fd: int | None) -> int:
    from missioncontrol import threads

    return threads.run_worker("worker", threads.WORK, settings.WORKER_THREADS)


def beat(fd: int | None) -> int:
    """The clock: beat in a thread, and a worker for the fixed jobs that it sends."""
    from missioncontrol import threads

    watchdog = threads.Watchdog(threads.Beat)
    watchdog.start()
    try:
        return threads.run_worker("clock", threads.CLOCK, threads.CLOCK_THREADS)
    finally:
        watchdog.stop()


PARTS = {"web": web, "worker": worker, "beat": beat}
