"""SIGTERM in the middle of work: the runs are put back at once, and nothing is lost."""

import time
from collections.abc import Callable

from tests.faults.conftest import times
from tests.faults.fleet import Fleet
from tests.faults.servers import one

UNDONE = "SELECT count(*) FROM tasks_task WHERE status <> 'done'"
STOPS = times(8, full=50)
LONGEST_STOP_S = 30.0


def test_sigterm_under_load(fleet: Fleet, measured: Callable[..., None]) -> None:
    fleet.environment["FAULTS_LATENCY"] = "0.2-3.0"
    fleet.stage("seed", agents=20, reviewers=4, concurrency=2, tasks=40)
    fleet.beat()
    fleet.begin("person")
    took = []
    workers = [fleet.worker(), fleet.worker()]
    fleet.wait_for_work()
    for _ in range(STOPS):
        took.append(fleet.stop(workers.pop(0)))
        workers.append(fleet.worker())
        time.sleep(3)
    done = fleet.wait_until(f"SELECT ({UNDONE}) = 0", within=120)

    account, database = fleet.ledger.account(), fleet.database
    taken_over = "SELECT count(*) FROM activity_activity WHERE verb = 'run.taken_over'"
    claims = sum(1 for _ in fleet.ledger.read("claim"))
    runs = one(database, "SELECT count(*) FROM agents_run")
    measured(stops=STOPS, longest=f"{max(took):.1f} s", put_back=claims - runs, effects=account)
    assert done, one(database, UNDONE)
    assert account.balanced, account
    assert max(took) <= LONGEST_STOP_S
    assert one(database, taken_over) == 0, "nobody had to wait for a lease"
    assert claims > runs, "there was something to put back"
    assert one(database, "SELECT count(*) FROM agents_approval") == 0


def test_without_putting_back_runs_wait_for_their_lease(fleet: Fleet) -> None:
    fleet.environment |= {"FAULTS_LATENCY": "60", "FAULTS_OFF": "putting-back"}
    fleet.stage("seed", agents=4, reviewers=0, concurrency=2, tasks=8)
    fleet.beat()
    worker = fleet.worker()
    held = "SELECT count(*) FROM agents_run WHERE state = 'running'"
    assert fleet.wait_until(f"SELECT ({held}) > 0", within=30)

    fleet.stop(worker)

    assert one(fleet.database, held) > 0
