"""One worker's clock is two hours ahead, another's two hours behind: the database's counts."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.fleet import Fleet, eventually
from tests.faults.servers import one

UNDONE = "SELECT count(*) FROM tasks_task WHERE status <> 'done'"
TASKS = 24


def clock(hours: int) -> dict[str, str]:
    """The environment in which a process believes it to be so much later."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        pytest.skip("needs libfaketime: apt-get install faketime")
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


def test_by_their_own_clocks_they_restart_what_is_running(fleet: Fleet) -> None:
    fleet.environment["FAULTS_OFF"] = "database-clock"
    work(fleet)

    assert max(claims(fleet).values()) > 1
