"""kill -9 at claim, intent, effect, result and commit: never a wrong state, never a guess."""

from collections.abc import Callable

import pytest

from tests.faults.conftest import times
from tests.faults.fleet import Fleet
from tests.faults.servers import one

TIMES = times(16, full=200)
# What is unknown when a worker dies there in a call that cannot be repeated.
UNKNOWN_AFTER = {"intent", "effect", "result"}


def attempts(fleet: Fleet, point: str, times: int) -> None:
    fleet.environment["DATABASE_POOL_MAX"] = "0"
    fleet.environment["FAULTS_LATENCY"] = "0"
    fleet.stage("seed", agents=1, reviewers=1, concurrency=10, tasks=times)
    fleet.stage("die", point=point)


def check(fleet: Fleet, point: str, times: int, measured: Callable[..., None]) -> None:
    attempts(fleet, point, times)

    account, database = fleet.ledger.account(), fleet.database
    asked = one(database, "SELECT count(*) FROM agents_approval")
    died = fleet.ledger.count("died", point=point)
    measured(killed=died, asked=asked, effects=account)
    assert died == times
    assert account.balanced, account
    states = dict(database.rows("SELECT state, count(*) FROM agents_run GROUP BY state"))
    assert states == {"succeeded": times}
    in_review = "SELECT count(*) FROM tasks_task WHERE status = 'review'"
    assert one(database, in_review) == times
    assert one(database, "SELECT count(*) FROM documents_document") == times
    assert one(database, "SELECT count(*) FROM agents_step WHERE state = 'intent'") == 0
    # Every other death is in the call that cannot be repeated.
    assert asked == ((times + 1) // 2 if point in UNKNOWN_AFTER else 0)


@pytest.mark.parametrize("point", ["claim", "intent", "effect", "result", "commit"])
def test_killed_at(point: str, fleet: Fleet, measured: Callable[..., None]) -> None:
    fleet.environment["REDIS_URL"] = ""
    check(fleet, point, TIMES, measured)


@pytest.mark.parametrize("point", ["effect", "result"])
def test_killed_on_sqlite_at(
    point: str, sqlite_fleet: Fleet, measured: Callable[..., None]
) -> None:
    check(sqlite_fleet, point, max(2, TIMES // 4), measured)


def test_without_intents_letters_are_sent_twice(sqlite_fleet: Fleet) -> None:
    sqlite_fleet.environment["FAULTS_OFF"] = "receipts"

    attempts(sqlite_fleet, "effect", 4)

    assert sqlite_fleet.ledger.account().doubled
