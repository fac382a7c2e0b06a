"""Web servers, workers and beat as processes of their own: ``make run`` with Redis.

Whatever dies is started again, with a pause that grows; whatever the end of this process is,
no child outlives it.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import structlog
from django.conf import settings

log = structlog.get_logger(__name__)

GRACE = 25.0  # seconds that children are given to end
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0  # a child that lived this long is started again without a pause
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


@dataclass
class Child:
    """A process that should always be there."""

    name: str
    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    descriptors: tuple[int, ...] = ()
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    failures: int = 0
    not_before: float = 0.0

    def start(self) -> None:
        parent = os.getpid()

        def die_with_parent() -> None:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it died before the line above
                os._exit(1)

        self.process = subprocess.Popen(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "run", *self.arguments],
            env={**os.environ, **self.environment},
            pass_fds=self.descriptors,
            # A group of its own: Ctrl-C reaches this process alone, which then asks in order.
            process_group=0,
            preexec_fn=die_with_parent,
        )
        self.started = time.monotonic()

    def look_after(self) -> None:
        """Start the child if it is not there and its pause is over."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.not_before:
                self.start()
            return
        status = self.process.poll()
        if status is None:
            return
        self.failures = 0 if now - self.started >= STEADY_AFTER else self.failures + 1
        pause = min(LONGEST_PAUSE, 2.0**self.failures - 1)
        log.error("child.ended", child=self.name, status=status, again_in=pause)
        self.process = None
        self.not_before = now + pause

    def signal(self, number: int) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


def run(*, host: str, port: int, welcome: Callable[[], str]) -> int:
    """Keep every part running until SIGINT or SIGTERM, and print *welcome*'s line once it answers.

    Returns the exit status.
    """
    try:
        listener = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048
        )
    except OSError as error:
        log.error("web.cannot_listen", host=host, port=port, error=error.strerror)
        return 1

    children = _children(listener)
    stopping = False

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        if stopping:  # asked a second time: at once
            for child in children:
                child.signal(signal.SIGKILL)
            os._exit(130)
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)

    announced = False
    while not stopping:
        for child in children:
            child.look_after()
        if not announced and _answers(host, port):
            announced = True
            sys.stdout.write(f"{welcome()}\n")
            sys.stdout.flush()
        time.sleep(0.1)

    listener.close()
    _stop(children)
    return 0


def _children(listener: socket.socket) -> list[Child]:
    environment: dict[str, str] = {}
    if settings.WEB_PROCESSES > 1:
        environment["PROMETHEUS_MULTIPROC_DIR"] = str(_empty(settings.VAR_DIR / "metrics"))
    web = ["web", "--fd", str(listener.fileno())]
    return [
        *(
            Child(f"web-{n}", web, environment, descriptors=(listener.fileno(),))
            for n in range(1, settings.WEB_PROCESSES + 1)
        ),
        *(Child(f"worker-{n}", ["worker"]) for n in range(1, settings.WORKERS + 1)),
        Child("beat", ["beat"]),
    ]


def _empty(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in folder.glob("*.db"):
        left_over.unlink()
    return folder


def _answers(host: str, port: int) -> bool:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    address = f"[{reachable}]" if ":" in reachable else reachable
    request = urllib.request.Request(
        f"http://{address}:{port}/health/live", headers={"Host": "localhost"}
    )
    try:
        with urllib.request.urlopen(request, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def _stop(children: list[Child]) -> None:
    for child in children:
        child.signal(signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while any(child.running for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    for child in children:
        if child.running:
            log.warning("child.killed", child=child.name)
            child.signal(signal.SIGKILL)
