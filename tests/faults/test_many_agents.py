"""A hundred agents with work at once: no error, and no task in two hands."""

import time
from collections.abc import Callable

from tests.faults.fleet import Fleet
from tests.faults.servers import one

AGENTS = 100
UNDONE = "SELECT count(*) FROM tasks_task WHERE status <> 'done'"
IN_TWO_HANDS = (
    "SELECT count(*) FROM (SELECT task_id FROM agents_run WHERE kind = 'work' AND state IN "
    "('queued', 'running', 'waiting') GROUP BY task_id HAVING count(*) > 1) AS doubled"
)
HELD = "SELECT count(DISTINCT agent_id) FROM agents_run WHERE state IN ('queued', 'running')"
# Who worked on a task without handing it on before another began.
DRIVEN_BY_TWO = (
    "SELECT count(*) FROM (SELECT task_id FROM agents_run WHERE kind = 'work' "
    "GROUP BY task_id HAVING count(DISTINCT agent_id) > 1) AS doubled"
)


def test_a_hundred_agents_at_once(fleet: Fleet, measured: Callable[..., None]) -> None:
    fleet.environment |= {"FAULTS_LATENCY": "0.05-0.5", "WORKER_THREADS": "8"}
    fleet.stage("seed", agents=AGENTS, reviewers=10, concurrency=1, tasks=AGENTS, inbox=20)
    fleet.begin("person")
    fleet.beat()
    workers = [fleet.worker(), fleet.worker()]

    doubled, most_at_once, started = 0, 0, time.monotonic()
    while one(fleet.database, UNDONE) and time.monotonic() - started < 180:
        doubled = max(doubled, one(fleet.database, IN_TWO_HANDS))
        most_at_once = max(most_at_once, one(fleet.database, HELD))
        time.sleep(0.2)
    took = time.monotonic() - started

    account = fleet.ledger.account()
    states = dict(fleet.database.rows("SELECT state, count(*) FROM agents_run GROUP BY state"))
    said = [line for line in fleet.said().splitlines() if is_error(line)]
    measured(
        took=f"{took:.0f} s",
        agents_busy_at_once=most_at_once,
        in_two_hands=doubled,
        errors=len(said),
        runs=states,
        effects=account,
    )
    assert one(fleet.database, UNDONE) == 0, states
    assert (doubled, one(fleet.database, DRIVEN_BY_TWO)) == (0, 0)
    assert said == []
    assert set(states) == {"succeeded"}
    assert account.balanced, account
    assert most_at_once >= AGENTS * 0.9
    assert all(worker.poll() is None for worker in workers)


def is_error(line: str) -> bool:
    return '"level": "error"' in line or '"level": "critical"' in line or "Traceback" in line
