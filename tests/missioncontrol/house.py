"""The whole house as a process of its own, as `make run` starts it."""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from tests.ports import free_port

PATIENCE = 30.0  # seconds


def eventually(
    question: Callable[[], Any], *, within: float = PATIENCE, every: float = 0.05
) -> Any:
    """The first true answer to *question*; fails when there is none in time."""
    deadline = time.monotonic() + within
    while not (answer := question()):
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {question}"
        time.sleep(every)
    return answer


@dataclass
class House:
    """`manage.py run` on a folder of data and a port of its own."""

    var: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[str] | None" = None

    def __post_init__(self) -> None:
        self.environment = {
            **os.environ,
            # Empty, and so set: what a .env file says does not count.
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "SITE_URL": "",
            "SECRET_KEY": "",
            "DEBUG": "0",
            "VAR_DIR": str(self.var),
            "PORT": str(self.port),
            **self.environment,
        }

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def prepare(self) -> None:
        """As `manage.py prepare` leaves it; on SQLite it is migrated once and then copied."""
        if self.environment["DATABASE_URL"] or "DJANGO_SUPERUSER_USERNAME" in self.environment:
            self.prepare_anew()
        else:
            # Its secret stays with it: each house has one of its own.
            shutil.copytree(
                _prepared(),
                self.var,
                dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("secret_key", "*.lock"),
            )

    def prepare_anew(self) -> None:
        done = self.manage("prepare", "--no-static")
        assert done.returncode == 0, done.stderr

    def start(self) -> str:
        """Start it and return the line that it prints when it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "run"],
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"ended with status {self.process.wait()}"
        return line.strip()

    def get(self, path: str) -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}{path}", timeout=10
            ) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as answer:
            return answer.code, json.load(answer)
        except OSError:
            return 0, None

    def is_ready(self) -> bool:
        return self.get("/health/ready")[0] == 200

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end and return its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=PATIENCE)

    def children(self) -> dict[int, str]:
        """Its child processes: the part of the house each of them is, by process id."""
        assert self.process is not None
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        found = {}
        for pid in map(int, task.read_text().split()):
            # One that has just ended may be gone before it is looked at.
            with suppress(FileNotFoundError, ProcessLookupError):
                words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
                found[pid] = words[words.index("run") + 1] if "run" in words else words[0]
        return found

    def close(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process and self.process.stdout:
            self.process.stdout.close()


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


@cache
def _prepared() -> Path:
    """A folder of data that nobody runs in, made once for each process of tests."""
    folder = tempfile.mkdtemp(prefix="mc-house-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    house = House(Path(folder))
    house.prepare_anew()
    return house.var
