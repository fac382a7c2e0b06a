"""One worker's clock is two hours ahead, another's two hours behind: the database's counts."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.faults.fleet import Fleet, eventually
from tests.faults.servers import one

UNDONE = "SELECT count(*) FROM tasks_task WHERE status <> 'done'"
TASKS = 24


def clock(hours: int) -> dict[str, str]:
    """The environment in which a process believes it to be so much later."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:  # then only what Python is told: see tests/faults/settings.py
        return {"FAULTS_CLOCK": str(hours * 3600)}
    return {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME": f"{hours * 3600:+d}s",
        # Waiting is not to be changed, only what time it is.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_NO_CACHE": "1",
    }


def work(fleet: Fleet) -> bool:
    fleet.environment["FAULTS_LATENCY"] = "0.2-1.0"
    ahead, behind = clock(2), clock(-2)
    fleet.stage("seed", agents=12, reviewers=4, concurrency=2, tasks=TASKS)
    fleet.beat()
    fleet.beat(**ahead)
    fleet.worker()
    fleet.worker(**ahead)
    fleet.worker(**behind)
    fleet.begin("person")
    return eventually(
        lambda: one(fleet.database, UNDONE) == 0 or max(claims(fleet).values(), default=0) > 1,
        within=100,
    )


def claims(fleet: Fleet) -> Counter[str]:
    return Counter(entry["run"] for entry in fleet.ledger.read("claim"))


def test_clocks_two_hours_apart(fleet: Fleet, measured: Callable[..., None]) -> None:
    done = work(fleet)

    account = fleet.ledger.account()
    by_process = Counter(entry["pid"] for entry in fleet.ledger.read("claim"))
    measured(runs=len(claims(fleet)), of_each_worker=sorted(by_process.values()), effects=account)
    assert done
    assert set(claims(fleet).values()) == {1}, "nobody took a lease to have run out"
    assert account.balanced, account
    assert len(by_process) == 3, "each of them worked"


def watched(fleet: Fleet) -> int:
    """How many workers took up a run that is under way, seen by a clock two hours ahead."""
    fleet.environment |= {"DATABASE_POOL_MAX": "0", "FAULTS_LATENCY": "0", "REDIS_URL": ""}
    fleet.stage("seed", agents=1, reviewers=0, tasks=1)
    fleet.stage("watch_clocks", ahead=clock(2))
    assert [entry["hours"] for entry in fleet.ledger.read("looked")] == [2.0]
    return max(claims(fleet).values())


def test_a_clock_ahead_sees_that_a_run_is_under_way(fleet: Fleet) -> None:
    assert watched(fleet) == 1
    assert fleet.ledger.account().balanced


def test_by_its_own_clock_it_restarts_what_is_running(fleet: Fleet) -> None:
    fleet.environment["FAULTS_OFF"] = "database-clock"

    assert watched(fleet) == 2
