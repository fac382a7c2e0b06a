"""People pause, stop, move and give away what agents are working on: nobody waits for ever."""

import time
from collections import Counter
from collections.abc import Callable

import pytest

from tests.faults.conftest import SCALE
from tests.faults.fleet import Fleet
from tests.faults.servers import one

SECONDS = 40 * SCALE
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
LIVE = "SELECT count(*) FROM agents_run WHERE state IN ('queued', 'running')"
TWICE = (
    "SELECT count(*) FROM (SELECT task_id FROM agents_run WHERE state IN ('queued', 'running', "
    "'waiting') AND kind = 'work' GROUP BY task_id HAVING count(*) > 1) AS twice"
)


def cross(fleet: Fleet) -> Counter[str]:
    """Three meddlers and two workers on the same few tasks. Returns what the meddlers did."""
    fleet.environment |= {"FAULTS_LATENCY": "0.01-0.1", "WORKER_THREADS": "8"}
    seeded = fleet.stage("seed", agents=8, reviewers=3, concurrency=3, tasks=24, effects=False)
    fleet.beat()
    for _ in range(2):
        fleet.worker()
    fleet.begin("person")
    fleet.wait_for_work()
    meddlers = [fleet.begin("meddle", actor=seeded["actor"], seconds=SECONDS) for _ in range(3)]
    for meddler in meddlers:
        assert meddler.wait(SECONDS + 60) == 0, fleet.said()[-3000:]
        fleet.processes.remove(meddler)
    fleet.stage("make_good", actor=seeded["actor"])
    return Counter(entry["deed"] for entry in fleet.ledger.read("meddled"))


def test_meddlers_and_workers(fleet: Fleet, measured: Callable[..., None]) -> None:
    deeds = cross(fleet)
    done = fleet.wait_until("SELECT bool_and(status = 'done') FROM tasks_task", within=120)
    time.sleep(1)

    database = fleet.database
    states = dict(database.rows("SELECT state, count(*) FROM agents_run GROUP BY state"))
    failed = [entry["error"] for entry in fleet.ledger.read("failed")]
    deadlocks = one(database, DEADLOCKS)
    measured(deeds=deeds.total(), runs=states, deadlocks=deadlocks, failed=len(failed))
    assert deadlocks == 0
    assert failed == []
    assert done, database.rows("SELECT status, blocked_reason FROM tasks_task")
    assert one(database, TWICE) == 0
    assert one(database, "SELECT max(number) - count(*) FROM activity_activity") == 0
    assert fleet.wait_until(f"SELECT ({LIVE}) = 0", within=60)
    assert one(database, "SELECT sum(cost_reserved + tokens_reserved) FROM agents_budget") == 0
    assert "Traceback" not in fleet.said(), fleet.said()[-3000:]
    assert states.keys() <= {"succeeded", "cancelled", "failed", "waiting"}


def meet(fleet: Fleet, who: str) -> int:
    """Two who take the same locks, step by step. Returns how many deadlocks there were."""
    seeded = fleet.stage("seed", agents=2, reviewers=0, tasks=1, effects=False)
    fleet.stage("cross", actor=seeded["actor"], who=who)
    assert [entry["error"] for entry in fleet.ledger.read("failed")] == []
    return int(one(fleet.database, DEADLOCKS))


@pytest.mark.parametrize("who", ["person and worker", "two workers"])
def test_two_take_the_same_locks(who: str, fleet: Fleet) -> None:
    assert meet(fleet, who) == 0


@pytest.mark.parametrize("who", ["person and worker", "two workers"])
def test_locks_in_another_order_end_in_deadlocks(who: str, fleet: Fleet) -> None:
    fleet.environment["FAULTS_OFF"] = "lock-order"

    assert meet(fleet, who) == 1
