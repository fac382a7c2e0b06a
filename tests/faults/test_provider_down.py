"""The models' provider is down: runs wait and do not fail, and it is left in peace meanwhile."""

import time
from collections.abc import Callable

from tests.faults.conftest import times
from tests.faults.fleet import Fleet
from tests.faults.servers import one

DOWN_S = times(75, full=600)
PROBE_EVERY_S = 30.0
TASKS = times(60, full=200)
UNDONE = "SELECT count(*) FROM tasks_task WHERE status <> 'done'"
FAILED = "SELECT count(*) FROM agents_run WHERE state IN ('failed', 'quarantined')"


def go_down(fleet: Fleet) -> tuple[float, float]:
    """The provider is down for a while. Returns from when to when."""
    fleet.environment["FAULTS_LATENCY"] = "0.05-0.3"
    fleet.stage("seed", agents=TASKS, reviewers=6, concurrency=1, tasks=TASKS)
    fleet.beat()
    for _ in range(2):
        fleet.worker()
    fleet.begin("person")
    fleet.wait_for_work()
    down = fleet.ledger.path.with_suffix(".jsonl.down")
    down.touch()
    begun = time.time()
    time.sleep(DOWN_S)
    down.unlink()
    return begun, time.time()


def test_runs_wait_for_a_provider_that_is_down(fleet: Fleet, measured: Callable[..., None]) -> None:
    begun, ended = go_down(fleet)
    waiting = "SELECT count(*) FROM agents_run WHERE state='waiting' AND wait_for='provider'"
    waits = one(fleet.database, waiting)
    done = fleet.wait_until(f"SELECT ({UNDONE}) = 0", within=150)

    asked = [entry["at"] for entry in fleet.ledger.read("asked in vain")]
    # What was under way when the breaker opened tries no more than it had in hand.
    later = [at for at in asked if begun + PROBE_EVERY_S < at < ended]
    account = fleet.ledger.account()
    measured(
        down=f"{DOWN_S:.0f} s",
        waiting=waits,
        calls_in_vain=len(asked),
        of_them_after_the_first_30_s=len(later),
        failed=one(fleet.database, FAILED),
        effects=account,
    )
    assert done, one(fleet.database, UNDONE)
    assert one(fleet.database, FAILED) == 0
    assert account.balanced, account
    assert waits > TASKS / 3
    assert len(later) <= (DOWN_S - PROBE_EVERY_S) / PROBE_EVERY_S + 1


def test_without_waiting_runs_fail(fleet: Fleet) -> None:
    fleet.environment["FAULTS_OFF"] = "waiting"
    go_down(fleet)

    assert one(fleet.database, FAILED) > 0
