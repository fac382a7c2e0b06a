"""Messages doubled and out of order, two beats at once: nothing happens twice."""

from collections import Counter
from collections.abc import Callable

from tests.faults.conftest import SCALE
from tests.faults.fleet import Fleet, eventually
from tests.faults.servers import one

UNDONE = "SELECT count(*) FROM tasks_task WHERE status <> 'done'"
AGENTS = int(1000 * min(SCALE, 1))


def claims_of_each_run(fleet: Fleet) -> Counter[str]:
    return Counter(entry["run"] for entry in fleet.ledger.read("claim"))


def work(fleet: Fleet, tasks: int) -> bool:
    fleet.environment |= {"FAULTS_MESSAGES": "doubled", "FAULTS_LATENCY": "0.02-0.3"}
    fleet.stage("seed", agents=16, reviewers=4, concurrency=2, tasks=tasks)
    for _ in range(2):
        fleet.beat()
        fleet.worker()
    fleet.begin("person")
    return eventually(
        lambda: (
            one(fleet.database, UNDONE) == 0
            or max(claims_of_each_run(fleet).values(), default=0) > 1
        ),
        within=60 + tasks,
    )


def test_every_message_doubled_and_out_of_order(
    fleet: Fleet, measured: Callable[..., None]
) -> None:
    tasks = int(60 * SCALE)

    assert work(fleet, tasks), one(fleet.database, UNDONE)

    account, claims = fleet.ledger.account(), claims_of_each_run(fleet)
    measured(runs=len(claims), effects=account)
    assert account.balanced, account
    assert set(claims.values()) == {1}, "each run was driven once"
    assert one(fleet.database, "SELECT count(*) FROM documents_document") == tasks
    assert one(fleet.database, "SELECT count(*) FROM agents_run") == 2 * tasks


def test_without_exclusive_claims_runs_are_driven_twice(fleet: Fleet) -> None:
    fleet.environment["FAULTS_OFF"] = "claims fencing"
    work(fleet, 10)

    assert max(claims_of_each_run(fleet).values()) > 1


def tick(fleet: Fleet) -> Counter[str]:
    """A thousand agents are due, each with a task; two beats tick at once.

    Returns how often each agent's heartbeat fired.
    """
    fleet.stage("crowd", agents=AGENTS)
    beats = [fleet.begin("ticker", batch=10) for _ in range(2)]
    for process in beats:
        assert process.wait(120) == 0, fleet.said()
        fleet.processes.remove(process)
    return Counter(agent for entry in fleet.ledger.read("fired") for agent in entry["agents"])


def test_two_beats_and_a_thousand_heartbeats(fleet: Fleet, measured: Callable[..., None]) -> None:
    fired = tick(fleet)

    runs = one(fleet.database, "SELECT count(*) FROM agents_run")
    measured(due=AGENTS, fired=fired.total(), runs=runs)
    assert len(fired) == AGENTS
    assert set(fired.values()) == {1}
    assert runs == AGENTS


def test_without_holding_who_is_due_heartbeats_fire_twice(fleet: Fleet) -> None:
    fleet.environment["FAULTS_OFF"] = "holding"

    assert max(tick(fleet).values()) > 1
