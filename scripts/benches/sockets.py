"""A thousand sockets and fifty events a second: what arrives, when, and what it weighs.

    make bench ARGS=sockets

One web server on PostgreSQL and Redis; the sockets belong to another process, and a tenth of
them come and go without a word. Without DATABASE_URL and REDIS_URL the servers of this machine
are used, or started.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.benches import Figure
from scripts.benches.api import RATES, ROOT, free_port

SOCKETS, RESTLESS = 1_000, 0.1
EVENTS_A_SECOND, SECONDS = 50, 30


def measure() -> Iterator[Figure]:
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        command = [sys.executable, "scripts/with_services.py", sys.executable, "scripts/bench.py"]
        done = subprocess.run([*command, "sockets"], cwd=ROOT, check=False)
        yield Figure("sockets on services: promises broken", done.returncode, "", 0)
        return
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, check=True)
    with _web() as (port, process):
        result, rate = _listen_and_talk(port)
        weight = _peak_mb(process)
    yield Figure("events a second", rate, "/s", least=EVENTS_A_SECOND * 0.98)
    yield Figure("events heard, all sockets together", result["heard"], "")
    yield Figure("sockets that came back", result["returns"], "")
    yield Figure("gaps", result["gaps"], "", 0)
    yield Figure("duplicates", result["doubled"], "", 0)
    yield Figure("sockets that did not hear everything", result["unfinished"], "", 0)
    yield Figure("an event to its socket, median", result["p50"], "ms")
    yield Figure("an event to its socket, p95", result["p95"], "ms", 1_000)
    yield Figure("an event to its socket, slowest", result["slowest"], "ms")
    yield Figure("memory of the web server, peak", weight, "MB", 600)


def _listen_and_talk(port: int) -> tuple[dict[str, Any], float]:
    from accounts.actions import create_user, create_workspace
    from accounts.models import Workspace
    from tasks.actions import create_task, post_message

    stamp = f"sockets{os.getpid()}"
    owner = create_workspace(
        name=stamp,
        owner=create_user(
            username=stamp, email=f"{stamp}@example.org", password="correct-horse-battery"
        ),
    )
    task = create_task(actor=owner.actor, title="Talk")
    plan = {
        "address": f"ws://127.0.0.1:{port}/api/v1/ws/activities",
        "actor": str(owner.actor.pk),
        "sockets": SOCKETS,
        "restless": RESTLESS,
    }
    listeners = subprocess.Popen(
        [sys.executable, "-m", "scripts.benches.rig.listeners"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert listeners.stdin is not None
    assert listeners.stdout is not None
    listeners.stdin.write(json.dumps(plan) + "\n")
    listeners.stdin.flush()
    assert listeners.stdout.readline() == "ready\n"
    started = time.monotonic()
    for number in range(EVENTS_A_SECOND * SECONDS):
        wait = started + number / EVENTS_A_SECOND - time.monotonic()
        time.sleep(max(0.0, wait))
        post_message(actor=owner.actor, task=task, body=f"Word {number}")
    rate = EVENTS_A_SECOND * SECONDS / (time.monotonic() - started)
    last = Workspace.objects.values_list("last_event", flat=True).get(pk=owner.workspace_id)
    said, _ = listeners.communicate(f"{last}\n", timeout=120)
    return json.loads(said), rate


@contextmanager
def _web() -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run", "web"],
        cwd=ROOT,
        env={**os.environ, **RATES, "PORT": str(port)},
    )
    try:
        deadline = time.monotonic() + 30
        while not _answers(port):
            if time.monotonic() > deadline or process.poll() is not None:
                raise TimeoutError("the web server did not start")
            time.sleep(0.1)
        yield port, process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live") as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _peak_mb(process: "subprocess.Popen[bytes]") -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024
