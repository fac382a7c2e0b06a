"""Fifty runs at once on one dollar: not one microdollar too much."""

from collections.abc import Callable

import pytest

from tests.faults.fleet import Fleet
from tests.faults.servers import one

DOLLAR = 1_000_000
RUNS = 50


def spend(fleet: Fleet) -> tuple[int, int]:
    """What was spent by the ledger of calls, and by the budget of the workspace."""
    fleet.environment |= {"WORKER_THREADS": str(RUNS), "FAULTS_LATENCY": "0.05-0.3"}
    fleet.stage("seed", agents=RUNS, reviewers=1, concurrency=1, tasks=RUNS)
    fleet.stage("spend", limit=DOLLAR, threads=RUNS)
    database = fleet.database
    by_calls = one(database, "SELECT sum(cost) FROM modules_call")
    budget = "SELECT cost_spent FROM agents_budget WHERE agent_id IS NULL"
    assert one(database, "SELECT sum(cost_reserved) FROM agents_budget") == 0
    return int(by_calls), int(one(database, budget))


@pytest.mark.parametrize("where", ["postgresql", "sqlite"])
def test_fifty_runs_on_one_dollar(
    where: str, request: pytest.FixtureRequest, measured: Callable[..., None]
) -> None:
    fleet: Fleet = request.getfixturevalue("fleet" if where == "postgresql" else "sqlite_fleet")
    by_calls, by_budget = spend(fleet)

    waiting = "SELECT count(*) FROM agents_run WHERE state = 'waiting' AND wait_for = 'budget'"
    waits = one(fleet.database, waiting)
    measured(
        spent=f"{by_calls / DOLLAR:.4f} $", by_budget=f"{by_budget / DOLLAR:.4f} $", waiting=waits
    )
    assert by_calls == by_budget
    assert by_calls <= DOLLAR
    assert by_calls > DOLLAR * 0.7, "and it is made use of"
    assert waits > 0
    failed = "SELECT count(*) FROM agents_run WHERE state = 'failed'"
    assert one(fleet.database, failed) == 0


def test_without_reserving_it_is_passed(sqlite_fleet: Fleet) -> None:
    sqlite_fleet.environment["FAULTS_OFF"] = "reserving"

    assert spend(sqlite_fleet)[0] > DOLLAR
