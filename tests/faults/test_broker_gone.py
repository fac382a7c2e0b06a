"""Redis killed, emptied and away: writes go on, and what was to be done is done soon after."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import times
from tests.faults.fleet import Fleet
from tests.faults.ledger import percentile
from tests.faults.servers import OwnRedis, Postgres, one

AWAY_S = times(30, full=300)
DRAINED_WITHIN_S = 60.0
UNDONE = "SELECT count(*) FROM tasks_task WHERE status <> 'done'"


@pytest.fixture
def own(postgres: Postgres, tmp_path: Path) -> "tuple[Fleet, OwnRedis]":
    redis = OwnRedis(tmp_path)
    redis.start()
    return Fleet(tmp_path, postgres, redis.url), redis


def test_redis_is_emptied_and_then_away(
    own: tuple[Fleet, OwnRedis], measured: Callable[..., None]
) -> None:
    fleet, redis = own
    try:
        _go(fleet, redis, measured)
    finally:
        fleet.close()
        redis.kill()


def _go(fleet: Fleet, redis: OwnRedis, measured: Callable[..., None]) -> None:
    # As many threads as a worker has by default: this is about how fast it catches up.
    fleet.environment |= {"FAULTS_LATENCY": "0.05-0.3", "WORKER_THREADS": "8"}
    seeded = fleet.stage("seed", agents=12, reviewers=4, concurrency=3, tasks=40)
    fleet.beat()
    workers = [fleet.worker(), fleet.worker()]
    fleet.begin("person")
    writer = fleet.begin("writer", actor=seeded["actor"], every=1.0, assign=True)
    fleet.wait_for_work()
    for _ in range(3):
        redis.flush()
        time.sleep(1)
    redis.kill()
    gone_at = time.time()
    time.sleep(AWAY_S)
    redis.start()
    back_at = time.time()
    fleet.stop(writer)
    fleet.check()
    done = fleet.wait_until(f"SELECT ({UNDONE}) = 0", within=DRAINED_WITHIN_S)
    drained = time.time() - back_at

    written = list(fleet.ledger.read("acknowledged"))
    meanwhile = [entry["took"] for entry in written if gone_at < entry["at"] < back_at]
    account = fleet.ledger.account()
    measured(
        away=f"{back_at - gone_at:.0f} s",
        written_meanwhile=len(meanwhile),
        p95=f"{percentile(meanwhile, 0.95) * 1000:.0f} ms",
        failed=fleet.ledger.count("failed"),
        drained=f"{drained:.0f} s",
        effects=account,
    )
    assert done, one(fleet.database, UNDONE)
    assert account.balanced, account
    assert fleet.ledger.count("failed") == 0
    assert len(meanwhile) >= AWAY_S / 3
    assert all(worker.poll() is None for worker in workers), "nobody had to be started again"


def test_without_the_reconciler_what_was_queued_is_lost(
    own: tuple[Fleet, OwnRedis],
) -> None:
    fleet, redis = own
    try:
        fleet.environment |= {"FAULTS_LATENCY": "0.05", "FAULTS_OFF": "reconciler"}
        fleet.stage("seed", agents=8, reviewers=2, concurrency=2, tasks=8)
        beat = fleet.beat()
        queued = "SELECT count(*) FROM agents_run WHERE state = 'queued'"
        assert fleet.wait_until(f"SELECT ({queued}) >= 8", within=30)
        fleet.stop(beat)
        redis.flush()
        fleet.beat()
        fleet.worker()

        assert not fleet.wait_until(f"SELECT ({queued}) = 0", within=20)
    finally:
        fleet.close()
        redis.kill()
