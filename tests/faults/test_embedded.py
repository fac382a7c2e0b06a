"""Everything in one process, and that process killed under load, again and again."""

import time
from collections.abc import Callable

from tests.faults.conftest import times
from tests.faults.fleet import ROOT, Fleet, eventually
from tests.faults.servers import one
from tests.ports import free_port

KILLS = times(5, full=50)
# Beside those of the roadmap, so that there is work to be killed at until the end.
MORE_TASKS = times(2, full=120)
PLAN = ROOT / "tests" / "tasks" / "plans" / "mission-control.md"
UNDONE = "SELECT count(*) FROM tasks_task WHERE status <> 'done'"
LIVE = (
    "SELECT (SELECT count(*) FROM agents_run WHERE state IN ('queued', 'running', 'waiting')) + "
    "(SELECT count(*) FROM modules_job WHERE state IN ('queued', 'running'))"
)


def open_house(fleet: Fleet, *, more: int = 1) -> str:
    """A roadmap and `more` tasks, agents to do them, a person to ask. Returns who the owner is."""
    fleet.environment |= {
        "REDIS_URL": "",
        "FAULTS_LEASE": "3",
        "FAULTS_LATENCY": "0.05-0.2",
        "PORT": str(free_port()),
    }
    seeded = fleet.stage("seed", agents=6, reviewers=3, concurrency=2, inbox=more, effects=False)
    imported = fleet.start("manage.py", "import_roadmap", str(PLAN))
    assert imported.wait(120) == 0, fleet.said()
    fleet.processes.remove(imported)
    assert fleet.stage("intend") >= 28
    fleet.begin("person")
    actor: str = seeded["actor"]
    return actor


def kill_again_and_again(fleet: Fleet, kills: int) -> None:
    house = fleet.start("manage.py", "run")
    for number in range(kills):
        claims = fleet.ledger.count("claim")
        busy = eventually(lambda: fleet.ledger.count("claim") > claims + 3, within=60)  # noqa: B023
        assert busy, fleet.said()[-3000:]
        time.sleep(0.37 * (number % 4))
        fleet.kill(house)
        assert eventually(lambda: not fleet.left_behind(), within=10), fleet.left_behind()
        house = fleet.start("manage.py", "run")


def test_the_house_is_killed_and_starts_again(
    sqlite_fleet: Fleet, measured: Callable[..., None]
) -> None:
    fleet, database = sqlite_fleet, sqlite_fleet.database
    actor = open_house(fleet, more=MORE_TASKS)
    fleet.stage("ask_around", actor=actor, questions=6, jobs=6)
    kill_again_and_again(fleet, KILLS)
    done = fleet.wait_until(f"SELECT ({UNDONE}) = 0 AND ({LIVE}) = 0", within=240)

    fleet.stage("look_around")
    account = fleet.ledger.account()
    states = dict(database.rows("SELECT state, count(*) FROM agents_run GROUP BY state"))
    jobs = dict(database.rows("SELECT state, count(*) FROM modules_job GROUP BY state"))
    measured(kills=KILLS, runs=states, jobs=jobs, effects=account)
    assert done, (states, jobs, one(database, UNDONE))
    assert account.balanced, account
    assert set(states) == {"succeeded"}
    assert set(jobs) == {"succeeded"}
    assert one(database, "PRAGMA integrity_check") == "ok"
    assert one(database, "SELECT max(number) - count(*) FROM activity_activity") == 0


def test_without_the_reconciler_what_was_under_way_is_lost(sqlite_fleet: Fleet) -> None:
    sqlite_fleet.environment["FAULTS_OFF"] = "reconciler"
    open_house(sqlite_fleet)
    # Once: what is under way then is never claimed again, so there is nothing to kill twice.
    kill_again_and_again(sqlite_fleet, 1)

    assert not sqlite_fleet.wait_until(f"SELECT ({UNDONE}) = 0", within=45)
    stuck = "SELECT count(*) FROM agents_run WHERE state = 'running' AND lease_expires_at < "
    assert one(sqlite_fleet.database, f"{stuck} datetime('now', '-5 seconds')") > 0
