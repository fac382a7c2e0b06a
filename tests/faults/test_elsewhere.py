"""kill -9 amid an answer in a conversation, and amid a job: answered and made exactly once."""

from collections.abc import Callable

import pytest

from tests.faults.conftest import times
from tests.faults.fleet import Fleet
from tests.faults.servers import one

DEATHS = times(4, full=50)
IN_TALK = ["claim", "words", "reply", "saved"]
IN_JOB = ["job-claim", "job-call", "job-asset", "job-commit"]
BOTH = pytest.mark.parametrize("where", ["postgresql", "sqlite"])


@pytest.fixture
def here(where: str, request: pytest.FixtureRequest) -> Fleet:
    fleet: Fleet = request.getfixturevalue("fleet" if where == "postgresql" else "sqlite_fleet")
    fleet.environment |= {"DATABASE_POOL_MAX": "0", "REDIS_URL": "", "FAULTS_LATENCY": "0.01"}
    return fleet


def talk(fleet: Fleet, point: str, deaths: int) -> None:
    seeded = fleet.stage("seed", agents=1, reviewers=0)
    fleet.stage("die_in_talk", actor=seeded["actor"], point=point, times=deaths)
    assert fleet.ledger.count("died", point=point) == deaths


def make(fleet: Fleet, operation: str, point: str, deaths: int) -> None:
    seeded = fleet.stage("seed", agents=1, reviewers=0)
    arguments = {"operation": operation, "point": point, "times": deaths}
    fleet.stage("die_in_job", actor=seeded["actor"], **arguments)
    assert fleet.ledger.count("died", point=point) == deaths


@BOTH
@pytest.mark.parametrize("point", IN_TALK)
def test_killed_amid_an_answer(here: Fleet, point: str, measured: Callable[..., None]) -> None:
    talk(here, point, DEATHS)

    account = here.ledger.account()
    measured(killed=DEATHS, answers=account)
    assert account.balanced, account
    assert one(here.database, "SELECT count(*) FROM conversations_turn") == 2 * DEATHS
    states = dict(here.database.rows("SELECT state, count(*) FROM agents_run GROUP BY state"))
    assert states == {"succeeded": DEATHS}
    # What was asked again was paid for once more; what was saved was not asked again.
    saved = "SELECT count(*) FROM agents_step WHERE kind = 'model'"
    assert one(here.database, saved) == DEATHS


@BOTH
@pytest.mark.parametrize("operation", ["image.generate", "music.compose"])
@pytest.mark.parametrize("point", IN_JOB)
def test_killed_amid_a_job(
    here: Fleet, operation: str, point: str, measured: Callable[..., None]
) -> None:
    deaths = max(1, DEATHS // 2)
    make(here, operation, point, deaths)

    account = here.ledger.account()
    measured(killed=deaths, made=account)
    assert account.balanced, account
    reserved = "SELECT sum(cost_reserved + tokens_reserved) FROM agents_budget"
    assert one(here.database, reserved) == 0


@BOTH
def test_without_the_reconciler_an_answer_is_lost(here: Fleet) -> None:
    here.environment["FAULTS_OFF"] = "reconciler"

    talk(here, "words", 2)

    assert len(here.ledger.account().lost) == 2


@BOTH
def test_without_the_reconciler_a_job_is_lost(here: Fleet) -> None:
    here.environment["FAULTS_OFF"] = "reconciler"

    make(here, "image.generate", "job-call", 2)

    assert len(here.ledger.account().lost) == 2
