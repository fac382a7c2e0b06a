"""The processes under test, and what is done to them."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.faults.ledger import Ledger
from tests.faults.servers import Database

ROOT = Path(__file__).resolve().parent.parent.parent
STAGE_WITHIN_S = 3_600.0
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def eventually(question: Callable[[], Any], *, within: float, every: float = 0.25) -> bool:
    """Whether `question` gets a true answer in time."""
    deadline = time.monotonic() + within
    while not question():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


class Fleet:
    """Workers, beats and helpers on one database and one broker, all fitted with the rig."""

    def __init__(
        self, folder: Path, database: Database, redis_url: str = "", **environment: str
    ) -> None:
        self.folder = folder
        self.database = database
        self.ledger = Ledger(folder / "ledger.jsonl")
        self.environment = {
            **{key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ},
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": database.url,
            "DATABASE_POOL_MAX": "12",
            "REDIS_URL": redis_url,
            "REDIS_PREFIX": f"faults-{os.getpid()}-{folder.name}",
            "VAR_DIR": str(folder / "var"),
            "SECRET_KEY": "for the time of a test",
            "SITE_URL": "",
            "DEBUG": "0",
            "LOG_LEVEL": "WARNING",
            "WORKER_THREADS": "4",
            "FAULTS_LEDGER": str(self.ledger.path),
            **environment,
        }
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str, **environment: str) -> "subprocess.Popen[bytes]":
        """Start `python …` with the rig; what it says goes to a file of the test's folder."""
        name = "-".join(word.strip("-./").replace("/", "_")[:20] for word in command)
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,
                process_group=0,
            )
        self.processes.append(process)
        return process

    def worker(self, **environment: str) -> "subprocess.Popen[bytes]":
        return self.start("manage.py", "run", "worker", **environment)

    def beat(self, **environment: str) -> "subprocess.Popen[bytes]":
        return self.start("manage.py", "run", "beat", **environment)

    def stage(self, part: str, **arguments: Any) -> Any:
        """Do something through the house's own verbs, in a process; what it prints is JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.stage", part, json.dumps(arguments)],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=STAGE_WITHIN_S,
            check=False,
            preexec_fn=_die_with_parent,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout.splitlines()[-1])

    def begin(self, part: str, **arguments: Any) -> "subprocess.Popen[bytes]":
        """As `stage`, for parts that go on until they are told to stop."""
        return self.start("-m", "tests.faults.stage", part, json.dumps(arguments))

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        """kill -9, and the time of death in the ledger."""
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.ledger.write("killed", process=process.pid)
        self.processes.remove(process)

    def stop(self, process: "subprocess.Popen[bytes]", *, within: float = 60) -> float:
        """SIGTERM; the seconds until it has ended."""
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(within)
        self.processes.remove(process)
        return time.monotonic() - started

    def left_behind(self) -> list[int]:
        """Processes of this test that it did not start itself: children of one that has died."""
        mark = f"FAULTS_LEDGER={self.ledger.path}".encode()
        ours = {process.pid for process in self.processes}
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if mark in environment and int(folder.name) not in ours:
                found.append(int(folder.name))
        return found

    def close(self) -> None:
        """Whatever became of the test: none of its processes is left."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
        for process in self.processes:
            process.wait()
        self.processes.clear()
        for pid in self.left_behind():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def wait_for_work(self) -> None:
        """Until the workers are up and have driven a few runs."""
        working = eventually(lambda: self.ledger.count("claim") >= 4, within=60)
        assert working, self.said()[-4000:]

    def check(self) -> None:
        """Fail when one of the processes has ended by itself."""
        ended = [process.args for process in self.processes if process.poll() is not None]
        assert not ended, f"{ended}\n{self.said()[-4000:]}"

    def said(self) -> str:
        """Everything the processes wrote to their logs."""
        return "\n".join(path.read_text(errors="replace") for path in self.folder.glob("*.log"))

    def wait_until(self, sql: str, *, within: float) -> bool:
        """Whether the query's first value becomes true in time."""
        self.check()
        return eventually(lambda: self.database.rows(sql)[0][0], within=within)


@contextmanager
def running(fleet: Fleet) -> Iterator[Fleet]:
    try:
        yield fleet
    finally:
        fleet.close()


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
