"""Stop stops within a second; what a person decides outlives everybody and counts once."""

from collections.abc import Callable

import pytest

from tests.faults.fleet import Fleet, eventually
from tests.faults.servers import one
from tests.ports import free_port

STOPPED_WITHIN_S = 1.0
RUNS = 6
UNDONE = "SELECT count(*) FROM tasks_task WHERE status <> 'done'"
BOTH = pytest.mark.parametrize("where", ["services", "embedded"])


@pytest.fixture
def here(where: str, request: pytest.FixtureRequest) -> Fleet:
    """Either way to run it; `start` brings everything up."""
    fleet: Fleet = request.getfixturevalue("fleet" if where == "services" else "sqlite_fleet")
    if where == "embedded":
        fleet.environment |= {"REDIS_URL": "", "PORT": str(free_port())}
    fleet.environment["WORKER_THREADS"] = str(RUNS)
    return fleet


def start(fleet: Fleet, **environment: str) -> None:
    if fleet.environment["REDIS_URL"]:
        fleet.beat(**environment)
        fleet.worker(**environment)
    else:
        fleet.start("manage.py", "run", **environment)


def stop_while_they_think(fleet: Fleet, how: str) -> list[float]:
    """Everybody waits for a slow model; a person stops it. How long after that each let go."""
    fleet.environment["FAULTS_LATENCY"] = "600"
    seeded = fleet.stage("seed", agents=RUNS, reviewers=0, concurrency=1, tasks=RUNS)
    start(fleet)
    thinking = "SELECT count(*) FROM agents_run WHERE state = 'running' AND tokens_reserved > 0"
    assert fleet.wait_until(f"SELECT ({thinking}) = {RUNS}", within=60), fleet.said()[-3000:]
    fleet.stage("stop", actor=seeded["actor"], how=how)
    eventually(lambda: fleet.ledger.count("let go") >= RUNS, within=10, every=0.05)
    (stopped,) = (entry["at"] for entry in fleet.ledger.read("stopped"))
    return [entry["at"] - stopped for entry in fleet.ledger.read("let go")]


@BOTH
@pytest.mark.parametrize("how", ["halt", "pause", "cancel"])
def test_stop_stops(here: Fleet, how: str, measured: Callable[..., None]) -> None:
    took = stop_while_they_think(here, how)

    measured(runs=len(took), longest=f"{max(took, default=0):.2f} s")
    assert len(took) == RUNS
    assert max(took) <= STOPPED_WITHIN_S
    assert one(here.database, "SELECT count(*) FROM agents_run WHERE state = 'running'") == 0


@BOTH
def test_whoever_does_not_look_goes_on_thinking(here: Fleet) -> None:
    here.environment["FAULTS_OFF"] = "looking"

    assert stop_while_they_think(here, "halt") == []


def decide_at_once(fleet: Fleet, people: int) -> int:
    """A call breaks off, everybody dies, and several answer what became of it. How many counted."""
    fleet.environment |= {"FAULTS_LATENCY": "0.05", "FAULTS_LEASE": "3"}
    seeded = fleet.stage("seed", agents=1, reviewers=1, concurrency=1, tasks=1)
    pending = "SELECT count(*) FROM agents_approval WHERE state = 'pending'"
    start(fleet, FAULTS_DIE_AT="effect")
    assert eventually(lambda: fleet.ledger.count("died") == 1, within=60), fleet.said()[-3000:]
    fleet.close()
    start(fleet)
    assert fleet.wait_until(f"SELECT ({pending}) = 1", within=60), fleet.said()[-3000:]
    fleet.close()
    # Nobody is up: the question waits for a person, and the answer for a worker.
    fleet.stage("decide_at_once", actor=seeded["actor"], people=people)
    start(fleet)
    assert fleet.wait_until(f"SELECT ({UNDONE}) = 0", within=60), fleet.said()[-3000:]
    return fleet.ledger.count("decided")


@BOTH
def test_a_decision_outlives_restarts_and_counts_once(here: Fleet) -> None:
    assert decide_at_once(here, people=4) == 1

    assert here.ledger.account().balanced
    resumed = (
        "SELECT count(*) FROM activity_activity WHERE verb LIKE 'approval.%' "
        "AND verb <> 'approval.asked'"
    )
    assert one(here.database, resumed) == 1
    assert one(here.database, "SELECT count(*) FROM agents_run WHERE state <> 'succeeded'") == 0


@BOTH
def test_without_comparing_each_of_them_decides(here: Fleet) -> None:
    here.environment["FAULTS_OFF"] = "deciding-once"

    assert decide_at_once(here, people=4) == 4
