"""PostgreSQL stopped at once: what was acknowledged is there, and everybody finds back."""

import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.conftest import times
from tests.faults.fleet import Fleet
from tests.faults.servers import OwnPostgres, database_of, one

STOPS = times(5, full=20)
UNDONE = "SELECT count(*) FROM tasks_task WHERE status <> 'done'"


def test_the_server_is_stopped_at_once(
    broker: str, tmp_path: Path, measured: Callable[..., None]
) -> None:
    folder = tmp_path / "cluster"
    folder.mkdir()
    server = OwnPostgres(folder)
    server.start()
    try:
        with database_of(server.url, "missioncontrol") as database:
            fleet = Fleet(tmp_path, database, broker)
            try:
                fleet.stage("prepare")
                _go(fleet, server, measured)
            finally:
                fleet.close()
    finally:
        server.stop("immediate")


def _go(fleet: Fleet, server: OwnPostgres, measured: Callable[..., None]) -> None:
    fleet.environment["FAULTS_LATENCY"] = "0.1-1.0"
    seeded = fleet.stage("seed", agents=16, reviewers=4, concurrency=3, tasks=30)
    fleet.beat()
    workers = [fleet.worker(), fleet.worker()]
    fleet.begin("person")
    writer = fleet.begin("writer", actor=seeded["actor"], every=0.5, assign=True)
    fleet.wait_for_work()
    for _ in range(STOPS):
        server.stop("immediate")
        time.sleep(2)
        server.start()
        time.sleep(5)
    fleet.stop(writer)
    fleet.check()
    done = fleet.wait_until(f"SELECT ({UNDONE}) = 0", within=150)

    database = fleet.database
    acknowledged = {entry["task"] for entry in fleet.ledger.read("acknowledged")}
    there = {str(row[0]) for row in database.rows("SELECT id FROM tasks_task")}
    account = fleet.ledger.account()
    states = dict(database.rows("SELECT state, count(*) FROM agents_run GROUP BY state"))
    measured(
        stops=STOPS,
        acknowledged=len(acknowledged),
        missing=len(acknowledged - there),
        refused_meanwhile=fleet.ledger.count("failed"),
        asked=fleet.ledger.count("decided"),
        runs=states,
        effects=account,
    )
    assert not acknowledged - there
    assert done, (states, one(database, UNDONE))
    assert account.balanced, account
    assert set(states) == {"succeeded"}
    assert all(worker.poll() is None for worker in workers), "nobody had to be started again"
    assert gaps(fleet) == 0


def gaps(fleet: Fleet) -> int:
    """Numbers missing in the log."""
    count: int = one(fleet.database, "SELECT max(number) - count(*) FROM activity_activity")
    return count


def test_without_commits_that_wait_for_the_disk_writes_are_lost(
    broker: str, tmp_path: Path
) -> None:
    """The account does notice a write that was acknowledged too early."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    server = OwnPostgres(folder, synchronous_commit="off", wal_writer_delay="10s")
    server.start()
    try:
        with database_of(server.url, "missioncontrol") as database:
            fleet = Fleet(tmp_path, database, broker)
            try:
                fleet.stage("prepare")
                seeded = fleet.stage("seed", agents=1, reviewers=0)
                writer = fleet.begin("writer", actor=seeded["actor"], every=0.0)
                time.sleep(5)
                server.stop("immediate")
                fleet.stop(writer)
                server.start()
                acknowledged = {e["task"] for e in fleet.ledger.read("acknowledged")}
                there = {str(row[0]) for row in database.rows("SELECT id FROM tasks_task")}
                assert acknowledged - there
            finally:
                fleet.close()
    finally:
        server.stop("immediate")
