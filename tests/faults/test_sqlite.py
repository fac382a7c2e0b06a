"""SQLite with eight processes writing, one of which is killed again and again."""

from collections.abc import Callable

from tests.faults.conftest import SCALE
from tests.faults.fleet import Fleet
from tests.faults.servers import one

KILLS = int(200 * min(SCALE, 1))


def kill_writers(fleet: Fleet) -> tuple[int, int, int]:
    """Returns how many writes were acknowledged, how many of them are missing, and errors."""
    seeded = fleet.stage("seed", agents=1, reviewers=0)
    fleet.stage("writers", actor=seeded["actor"], writers=8, kills=KILLS)
    acknowledged = {entry["task"].replace("-", "") for entry in fleet.ledger.read("acknowledged")}
    there = {row[0] for row in fleet.database.rows("SELECT id FROM tasks_task")}
    return len(acknowledged), len(acknowledged - there), fleet.ledger.count("failed")


def test_eight_writers_of_which_one_is_killed(
    sqlite_fleet: Fleet, measured: Callable[..., None]
) -> None:
    acknowledged, missing, errors = kill_writers(sqlite_fleet)

    database = sqlite_fleet.database
    measured(kills=KILLS, acknowledged=acknowledged, missing=missing, errors=errors)
    assert acknowledged > KILLS
    assert missing == 0
    assert errors == 0
    assert one(database, "PRAGMA integrity_check") == "ok"
    assert database.rows("PRAGMA foreign_key_check") == []
    gaps = "SELECT max(number) - count(*) FROM activity_activity"
    assert one(database, gaps) == 0, "the log has no holes"


def test_transactions_that_begin_by_reading_run_into_locks(sqlite_fleet: Fleet) -> None:
    sqlite_fleet.environment["FAULTS_OFF"] = "immediate"

    _, _, errors = kill_writers(sqlite_fleet)

    assert errors > 0
