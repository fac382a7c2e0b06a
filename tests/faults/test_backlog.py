"""Far more runs are queued than anybody can do, and requests come all the while."""

import json
import subprocess
import sys
import time
from collections.abc import Callable

from tests.faults.conftest import times
from tests.faults.fleet import ROOT, Fleet, eventually
from tests.faults.servers import one
from tests.faults.test_deaf_sockets import sockets
from tests.ports import free_port

QUEUED = times(5_000, full=100_000)
SECONDS = times(15, full=60)
PER_SECOND = 200
P95_MS = 500.0
LATE_S = 10.0
LATENESS = (
    "SELECT coalesce(max(extract(epoch FROM now() - next_heartbeat_at)), 0) FROM agents_agent"
)


def open_house(fleet: Fleet, queued: int) -> str:
    """The house with a backlog. Returns a program's key."""
    fleet.environment |= {"PORT": str(free_port()), "WORKERS": "1", "RATE_LIMIT_READ": "0"}
    actor = fleet.stage("backlog", runs=queued)
    key: str = fleet.stage("key", actor=actor)
    fleet.start("manage.py", "run")
    assert eventually(lambda: sockets(fleet) >= 0, within=60), fleet.said()[-3000:]
    fleet.wait_for_work()
    return key


def latest(fleet: Fleet, seconds: float) -> float:
    """How late the latest heartbeat was within some seconds."""
    until, most = time.monotonic() + seconds, 0.0
    while time.monotonic() < until:
        most = max(most, float(one(fleet.database, LATENESS)))
        time.sleep(0.5)
    return most


def test_a_backlog_and_requests(fleet: Fleet, measured: Callable[..., None]) -> None:
    fleet.environment["FAULTS_LATENCY"] = "0.5-1.0"
    key = open_house(fleet, QUEUED)
    head = {"Authorization": f"Token {key}"}
    paths = ["tasks?page_size=50", "runs", "agents?page_size=50", "activities"]
    calls = [{"method": "GET", "path": f"/api/v1/{path}", "headers": head} for path in paths]
    connections, pause = 20, 20 / PER_SECOND
    plan = {
        "port": int(fleet.environment["PORT"]),
        "seconds": SECONDS,
        "pause": pause,
        "connections": [calls] * connections,
    }
    load = subprocess.Popen(
        [sys.executable, "scripts/benches/rig/load.py"],
        cwd=ROOT,
        env=fleet.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    fleet.processes.append(load)
    assert load.stdin is not None
    load.stdin.write(json.dumps(plan).encode())
    load.stdin.close()
    late = latest(fleet, SECONDS)
    assert load.stdout is not None
    with load.stdout:
        answered = json.loads(load.stdout.read())

    driven = sum(1 for _ in fleet.ledger.read("claim"))
    measured(
        queued=QUEUED,
        requests=f"{answered['rate']:.0f} a second",
        p95=f"{answered['p95']:.0f} ms",
        latest_heartbeat=f"{late:.1f} s",
        driven_meanwhile=driven,
    )
    assert answered["statuses"].keys() == {"200"}
    assert answered["p95"] <= P95_MS
    assert late <= LATE_S
    assert driven > 4, "and the backlog is worked on"


def test_a_clock_in_the_same_queue_stands_still(fleet: Fleet) -> None:
    fleet.environment |= {"FAULTS_LATENCY": "600", "FAULTS_OFF": "own-queue"}
    open_house(fleet, 200)

    assert latest(fleet, 3 * LATE_S) > LATE_S
