"""A run that kills its worker each time: put in quarantine, and nobody pays for its company."""

from collections.abc import Callable

from tests.faults.fleet import Fleet, eventually
from tests.faults.servers import one

OTHERS = 16
LEASE_S = "6"
STATE = "SELECT max(state) FROM agents_run WHERE task_id = (SELECT id FROM tasks_task {which})"
POISON = STATE.format(which="WHERE title LIKE 'Poison%'")


def work(fleet: Fleet) -> bool:
    """Whether the poison was put away while two workers, started anew when they die, go on."""
    fleet.environment |= {"FAULTS_LEASE": LEASE_S, "FAULTS_LATENCY": "0.5-2.5"}
    # One agent holds the poison and nothing else; the others' tasks share its workers.
    fleet.stage("seed", agents=8, reviewers=3, concurrency=3, tasks=OTHERS, poison=1)
    fleet.beat()
    fleet.begin("person")
    workers = [fleet.worker(), fleet.worker()]

    def quarantined() -> bool:
        for place, worker in enumerate(workers):
            if worker.poll() is not None:
                fleet.processes.remove(worker)
                workers[place] = fleet.worker()
        undone = "SELECT count(*) FROM tasks_task WHERE title LIKE 'Task%' AND status <> 'done'"
        others_done = one(fleet.database, undone) == 0
        return others_done and bool(one(fleet.database, POISON) == "quarantined")

    return eventually(quarantined, within=150)


def test_poison_is_put_away_and_other_work_goes_on(
    fleet: Fleet, measured: Callable[..., None]
) -> None:
    put_away = work(fleet)

    account, deaths = fleet.ledger.account(), fleet.ledger.count("poisoned")
    states = dict(fleet.database.rows("SELECT state, count(*) FROM agents_run GROUP BY state"))
    measured(deaths=deaths, runs=states, effects=account)
    assert put_away, (states, fleet.said()[-2000:])
    assert deaths == 3
    assert states["quarantined"] == 1, "the poison, and none of those it took along"
    assert account.balanced, account
    told = "SELECT count(*) FROM activity_notification WHERE kind = 'failed'"
    assert one(fleet.database, told) == 1
    blocked = "SELECT count(*) FROM tasks_task WHERE blocked_at IS NOT NULL"
    assert one(fleet.database, blocked) == 1


def test_without_quarantine_it_goes_on_killing(fleet: Fleet) -> None:
    fleet.environment["FAULTS_OFF"] = "quarantine"

    def enough() -> bool:
        return fleet.ledger.count("poisoned") > 3

    fleet.environment |= {"FAULTS_LEASE": "1", "FAULTS_LATENCY": "0.05"}
    fleet.stage("seed", agents=1, reviewers=1, concurrency=3, poison=1)
    fleet.beat()
    for _ in range(5):
        worker = fleet.worker()
        eventually(lambda: worker.poll() is not None or enough(), within=30)  # noqa: B023
        fleet.processes.remove(worker)
        if enough():
            break
    assert enough()
