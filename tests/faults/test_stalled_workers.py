"""A worker that stands still past its lease and comes back writes nothing any more."""

import signal
import time
from collections.abc import Callable

import pytest

from tests.faults.conftest import SCALE, times
from tests.faults.fleet import Fleet
from tests.faults.servers import one

UNDONE = "SELECT count(*) FROM tasks_task WHERE status <> 'done'"
LEASE_S = 3
# The lease, the next look of the reconciler, and somebody to pick the run up.
STALL_S = 10
POINTS = ["claim", "intent", "effect", "result", "commit"]
STALLS = times(4, full=20)


def stall(fleet: Fleet, rounds: int) -> int:
    """Two of three workers stand still, again and again. Returns the claims they lost by it."""
    fleet.environment |= {"FAULTS_LEASE": str(LEASE_S), "FAULTS_LATENCY": "0.5-2.0"}
    fleet.stage("seed", agents=24, reviewers=4, concurrency=3, tasks=24 * rounds)
    fleet.beat()
    # Nobody can know what a worker that stands still will do when it goes on: the person
    # looks again before answering.
    fleet.begin("person", after=STALL_S + 2)
    workers = [fleet.worker() for _ in range(3)]
    fleet.wait_for_work()
    for _ in range(rounds):
        for worker in workers[:2]:
            worker.send_signal(signal.SIGSTOP)
        time.sleep(STALL_S)
        for worker in workers[:2]:
            worker.send_signal(signal.SIGCONT)
        time.sleep(3)
    taken = "SELECT count(*) FROM activity_activity WHERE verb='run.taken_over'"
    return int(one(fleet.database, taken))


def test_a_worker_that_wakes_up_after_its_lease(
    fleet: Fleet, measured: Callable[..., None]
) -> None:
    lost = stall(fleet, rounds=max(1, int(3 * SCALE)))
    done = fleet.wait_until(f"SELECT ({UNDONE}) = 0", within=120)

    account, refused = fleet.ledger.account(), list(fleet.ledger.read("refused"))
    measured(claims_lost=lost, stale_writes_refused=len(refused), effects=account)
    assert done, one(fleet.database, UNDONE)
    assert account.balanced, account
    tasks = one(fleet.database, "SELECT count(*) FROM tasks_task")
    assert one(fleet.database, "SELECT count(*) FROM documents_document") == tasks
    assert stale_steps(fleet) == 0
    assert lost >= 5
    assert refused, "the stalled workers did try"


def woken(fleet: Fleet, point: str, stalls: int) -> list[bool]:
    """For each stall at the point, whether the worker that came back still changed anything."""
    fleet.environment |= {
        "DATABASE_POOL_MAX": "0",
        "DATABASE_STALLED_S": "1",
        "FAULTS_LATENCY": "0",
        "REDIS_URL": "",
    }
    fleet.stage("seed", agents=1, reviewers=1, concurrency=10, tasks=stalls)
    fleet.stage("stall", point=point)
    assert fleet.ledger.count("stalled", point=point) == stalls
    return [entry["stale"] for entry in fleet.ledger.read("woken")]


@pytest.mark.parametrize("point", POINTS)
def test_standing_still_at(point: str, fleet: Fleet, measured: Callable[..., None]) -> None:
    stale = woken(fleet, point, STALLS)

    account = fleet.ledger.account()
    refused = sum(1 for _ in fleet.ledger.read("refused"))
    measured(stalls=len(stale), stale_writes=sum(stale), refused=refused, effects=account)
    assert stale == [False] * STALLS
    assert account.balanced, account
    states = dict(fleet.database.rows("SELECT state, count(*) FROM agents_run GROUP BY state"))
    assert states == {"succeeded": STALLS}


# At "result" it stands still within a transaction, which the database ends by itself.
@pytest.mark.parametrize("point", [point for point in POINTS if point != "result"])
def test_without_fencing_stale_writes_get_through_at(point: str, fleet: Fleet) -> None:
    fleet.environment["FAULTS_OFF"] = "fencing"

    assert all(woken(fleet, point, 2))


def stale_steps(fleet: Fleet) -> int:
    """Steps that a second hand wrote: behind the run's end, or an answer upon an answer."""
    sql = (
        "SELECT count(*) FROM agents_step s JOIN agents_run r ON r.id = s.run_id "
        "WHERE s.ended_at > r.ended_at + interval '0.5 s' OR (s.kind = 'model' AND EXISTS "
        "(SELECT 1 FROM agents_step before WHERE before.run_id = s.run_id "
        "AND before.index = s.index - 1 AND before.kind = 'model'))"
    )
    count: int = one(fleet.database, sql)
    return count
