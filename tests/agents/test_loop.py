"""The loop: what interrupts a run, and where it goes on."""

import random
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError

from accounts.models import Membership
from agents import actions, loop, outages, persistence, reconciling, runs, thinking
from agents.keeper import keeper
from agents.leases import claim
from agents.loop import drive, work_off
from agents.models import Agent, Run
from agents.querysets import room_and_duties
from core.clock import db_now, from_now
from modules.breakers import BreakerOpen
from modules.language.base import ProviderError
from modules.language.cancel import Cancelled
from modules.language.types import Request
from modules.models import Call

pytestmark = pytest.mark.django_db

Queue = Callable[..., Run]
Scripted = Callable[..., list[Request]]


@pytest.fixture
def run(queue: Queue) -> Run:
    queue()
    claimed = claim()
    assert claimed is not None
    return claimed


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (loop, persistence):
        monkeypatch.setattr(module, "AGAIN_AFTER_S", 0.0)
    monkeypatch.setattr(persistence, "let_go", lambda: None)
    monkeypatch.setattr(loop, "let_go", lambda: None)


def fail_once(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, error: Exception) -> None:
    plain = getattr(module, name)

    def fail(*args: Any, **kwargs: Any) -> None:
        monkeypatch.setattr(module, name, plain)
        raise error

    monkeypatch.setattr(module, name, fail)


def refuse_calls(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def complete(**_: object) -> None:
        raise error

    monkeypatch.setattr(thinking, "complete", complete)


# --- the database is away --------------------------------------------------------------------


@pytest.mark.parametrize("where", ["_open", "act", "think"])
def test_a_deadlock_interrupts_a_run_and_does_not_end_it(
    run: Run,
    drill: SimpleNamespace,
    scripted: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    looked: list[Any] = [("look", {})]
    scripted(
        lambda request: (
            ["Done."] if any(message.tool_results for message in request.messages) else looked
        )
    )
    fail_once(monkeypatch, loop, where, OperationalError("deadlock detected"))

    drive(run)

    run.refresh_from_db()
    assert (run.state, run.crashes) == (Run.State.SUCCEEDED, 0)


def test_a_run_interrupted_before_it_was_briefed_is_briefed_again(
    run: Run, drill: SimpleNamespace, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(lambda request: ["Done."])
    fail_once(monkeypatch, runs, "start_run", OperationalError("gone"))

    drive(run)

    run.refresh_from_db()
    assert run.brief["message"] == "Do what the drill says."
    assert drill.handler.heard == [("started", "running"), ("ended", "succeeded")]


def test_a_run_is_left_to_others_when_the_database_stays_away(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "PATIENCE_S", 0.0)

    def away(*args: Any) -> None:
        raise OperationalError("the database system is shutting down")

    monkeypatch.setattr(loop, "_open", away)

    drive(run)

    run.refresh_from_db()
    assert run.state == Run.State.RUNNING, "its lease runs out; nobody calls it failed"


# --- the provider is in trouble ---------------------------------------------------------------


def test_runs_wait_for_a_breaker(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    retry_at = db_now() + timedelta(seconds=30)
    refuse_calls(monkeypatch, BreakerOpen(retry_at))

    drive(run)

    run.refresh_from_db()
    assert (run.state, run.wait_for) == (Run.State.WAITING, "provider")
    assert run.resume_at is not None
    assert retry_at <= run.resume_at <= retry_at + timedelta(seconds=outages.SPREAD_S)


def test_each_call_that_fails_makes_the_rest_longer(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: 0)
    refuse_calls(monkeypatch, ProviderError("busy", "Later.", transient=True))
    rests = []
    for _ in range(4):
        failed = {"workspace": run.workspace, "run": run, "model_name": "m", "status": "error"}
        Call.objects.create(**failed)
        before = db_now()
        drive(run)
        run.refresh_from_db()
        assert run.resume_at is not None
        rests.append(round((run.resume_at - before).total_seconds(), -1))
        runs.resume_run(run.pk)
        claimed = claim()
        assert claimed is not None
        run = claimed

    assert rests == [30, 60, 120, 240]


def test_the_server_may_wish_for_a_longer_rest(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    error = ProviderError("busy", "Later.", transient=True, retry_after=300.0)
    refuse_calls(monkeypatch, error)

    drive(run)

    run.refresh_from_db()
    assert run.resume_at is not None
    assert run.resume_at > db_now() + timedelta(seconds=290)


def test_a_run_is_not_waited_for_in_vain_for_ever(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outages, "MOST_FAILED_CALLS", 0)
    refuse_calls(monkeypatch, ProviderError("busy", "Later.", transient=True))

    drive(run)

    run.refresh_from_db()
    assert (run.state, run.reason) == (Run.State.FAILED, "Later.")


def test_a_refusal_ends_the_run_at_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_calls(monkeypatch, ProviderError("wrong_key", "The key is wrong.", transient=False))

    drive(run)

    run.refresh_from_db()
    assert (run.state, run.reason) == (Run.State.FAILED, "The key is wrong.")


def test_a_run_that_waits_for_its_provider_takes_up_its_agents_room(
    run: Run, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_calls(monkeypatch, BreakerOpen(db_now() + timedelta(seconds=30)))
    Agent.objects.update(concurrency=1)

    drive(run)

    assert agent.pk not in room_and_duties(Agent.objects.all().loads())[0]


def test_a_run_that_waits_for_an_answer_leaves_room_for_other_work(run: Run, agent: Agent) -> None:
    Agent.objects.update(concurrency=1)
    Run.objects.update(state=Run.State.WAITING, wait_for="answer")

    assert room_and_duties(Agent.objects.all().loads())[0][agent.pk] == 1


# --- stopping -------------------------------------------------------------------------------


def test_a_worker_that_is_told_to_stop_puts_its_run_back(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "stopping", True)
    refuse_calls(monkeypatch, Cancelled())

    drive(run)

    run.refresh_from_db()
    assert (run.state, run.crashes) == (Run.State.QUEUED, 0)
    assert run.lease_expires_at is None
    assert work_off(10) == 0, "and takes no other"


def test_a_worker_that_is_told_to_stop_makes_no_further_call(
    run: Run, drill: SimpleNamespace, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "stopping", False)

    def play(request: Request) -> list[Any]:
        keeper.stop_all()
        return [("ring", {"bell": "a"}), ("ring", {"bell": "b"})]

    requests = scripted(play)

    drive(run)

    run.refresh_from_db()
    assert run.state == Run.State.QUEUED
    assert drill.rung == []
    assert len(requests) == 1
    assert run.steps.count() == 1, "the answer that was paid for is kept"


@pytest.mark.parametrize("what", ["run", "agent", "workspace"])
def test_what_a_person_stops_is_not_written_over(
    run: Run,
    agent: Agent,
    alice: Membership,
    scripted: Scripted,
    what: str,
) -> None:
    def play(request: Request) -> list[Any]:
        if what == "run":
            runs.cancel_run(actor=alice.actor, run=run)
        elif what == "agent":
            actions.pause_agent(actor=alice.actor, agent=agent)
        else:
            actions.halt_workspace(actor=alice.actor)
        return ["too late"]

    scripted(play)

    drive(run)

    run.refresh_from_db()
    assert run.state == ("cancelled" if what == "run" else "queued")
    assert not run.steps.exists()
    assert claim() is None


def test_a_paused_agent_goes_on_where_it_was(
    run: Run, agent: Agent, alice: Membership, scripted: Scripted
) -> None:
    actions.pause_agent(actor=alice.actor, agent=agent)
    actions.resume_agent(actor=alice.actor, agent=agent)
    scripted(lambda request: ["Done."])

    assert work_off(10) == 1

    run.refresh_from_db()
    assert run.state == Run.State.SUCCEEDED


def test_a_run_queued_while_its_agent_was_retired_is_swept_away(
    queue: Queue, agent: Agent, alice: Membership
) -> None:
    actions.retire_agent(actor=alice.actor, agent=agent)
    run = queue()

    assert runs.cancel_left_over() == 1

    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED


# --- the reconciler -------------------------------------------------------------------------


def test_one_run_that_cannot_be_helped_does_not_keep_the_others_from_it(
    queue: Queue, agents: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sick, well = queue(), queue(agent=agents.qa)
    for _ in range(2):
        claim()
    Run.objects.update(lease_expires_at=from_now(timedelta(seconds=-1)))
    Run.objects.filter(pk=sick.pk).update(lease_expires_at=from_now(timedelta(seconds=-9)))
    plain = runs.take_back

    def take_back(run: Run) -> bool:
        if run.pk == sick.pk:
            raise KeyError("a handler with a fault")
        return plain(run)

    monkeypatch.setattr(runs, "take_back", take_back)

    assert reconciling.reconcile() == 1

    well.refresh_from_db()
    assert well.state == Run.State.QUEUED


def test_a_run_that_nobody_picked_up_is_announced_again(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(reconciling, "enqueue", sent.append)
    run = queue()
    assert reconciling.reconcile() == 0
    Run.objects.filter(pk=run.pk).update(enqueued_at=from_now(timedelta(seconds=-6)))

    assert reconciling.reconcile() == 1
    assert sent == ["agents.jobs.work"]


def test_a_waiting_run_whose_time_has_come_goes_on(queue: Queue) -> None:
    later, now = from_now(timedelta(hours=1)), from_now(timedelta(seconds=-1))
    run = queue(state=Run.State.WAITING, wait_for="budget", resume_at=later)
    assert reconciling.reconcile() == 0
    Run.objects.filter(pk=run.pk).update(resume_at=now)

    assert reconciling.reconcile() == 1
    run.refresh_from_db()
    assert (run.state, run.wait_for) == (Run.State.QUEUED, "")
