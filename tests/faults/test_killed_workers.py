"""kill -9 of a worker every two seconds: no run is lost, nothing is done twice."""

import time
from collections.abc import Callable

from tests.faults.conftest import SCALE
from tests.faults.fleet import Fleet
from tests.faults.ledger import percentile, take_overs
from tests.faults.servers import one

KILL_EVERY_S = 2.0
TAKEN_OVER_WITHIN_S = 45.0

LIVE = "SELECT count(*) FROM agents_run WHERE state IN ('queued', 'running', 'waiting')"
UNDONE = "SELECT count(*) FROM tasks_task WHERE status <> 'done'"


def kill_for(fleet: Fleet, seconds: float) -> int:
    """Two workers; every two seconds the older one is killed and another takes its place."""
    workers = [fleet.worker(), fleet.worker()]
    time.sleep(4)
    kills, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(KILL_EVERY_S)
        fleet.kill(workers.pop(0))
        workers.append(fleet.worker())
        kills += 1
    return kills


def test_a_worker_killed_every_two_seconds(fleet: Fleet, measured: Callable[..., None]) -> None:
    fleet.environment["FAULTS_LATENCY"] = "0.1-1.0"
    fleet.stage("seed", agents=30, reviewers=6, concurrency=2, tasks=120)
    fleet.beat()
    fleet.begin("person")

    kills = kill_for(fleet, 120 * SCALE)
    done = fleet.wait_until(f"SELECT ({UNDONE}) = 0 AND ({LIVE}) = 0", within=180)

    account, waits = fleet.ledger.account(), take_overs(fleet.ledger)
    states = dict(fleet.database.rows("SELECT state, count(*) FROM agents_run GROUP BY state"))
    measured(
        kills=kills,
        runs=states,
        effects=account,
        taken_over=len(waits),
        p50=f"{percentile(waits, 0.5):.1f} s",
        p99=f"{percentile(waits, 0.99):.1f} s",
        longest=f"{max(waits, default=0.0):.1f} s",
        asked=fleet.ledger.count("decided"),
    )
    assert done, (states, one(fleet.database, UNDONE))
    assert account.balanced, account
    documents = "SELECT count(*) FROM documents_document"
    assert one(fleet.database, documents) == 120, "one document for each task"
    assert set(states) == {"succeeded"}
    assert len(waits) >= 10
    assert max(waits) <= TAKEN_OVER_WITHIN_S


def test_without_the_reconciler_runs_are_lost(fleet: Fleet) -> None:
    fleet.environment |= {"FAULTS_LATENCY": "0.1-1.0", "FAULTS_OFF": "reconciler"}
    fleet.stage("seed", agents=10, reviewers=2, concurrency=2, tasks=20)
    fleet.beat()
    fleet.begin("person")

    kill_for(fleet, 10)

    assert not fleet.wait_until(f"SELECT ({UNDONE}) = 0", within=TAKEN_OVER_WITHIN_S)
    assert fleet.ledger.account().lost
