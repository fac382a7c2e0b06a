"""“Stop everything” holds for jobs as well: within a second, and nothing is lost by it."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import Membership
from agents.actions import halt_workspace, resume_workspace
from agents.models import Budget
from core.clock import db_now
from modules import children
from modules.language.cancel import Cancelled, CancelToken
from modules.models import AIModel, Call, Job, Schedule
from modules.pictures import working
from modules.running import driving
from modules.running.driving import drive, work_off
from modules.running.keeping import keeper
from modules.running.leases import claim
from modules.running.reconciling import reconcile
from modules.running.schedules import Plan, fire_due, save_schedule
from tests.modules.running.conftest import TEXT

Make = Callable[..., Job]


def test_a_job_under_way_is_put_back_and_goes_on_later(job_of: Make, alice: Membership) -> None:
    job = job_of()
    held = claim()
    assert held
    assert halt_workspace(actor=alice.actor) == 1
    drive(held)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.result) == ("queued", 0, {})
    assert work_off(10) == 0, "nothing is taken while everything is stopped"
    assert reconcile() == 0

    resume_workspace(actor=alice.actor)
    assert work_off(10) == 1
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("succeeded", 1)


def test_going_on_wakes_a_worker_for_the_jobs(
    job_of: Make, alice: Membership, django_capture_on_commit_callbacks: Any, enqueued: list[str]
) -> None:
    job_of()
    halt_workspace(actor=alice.actor)
    enqueued.clear()
    with django_capture_on_commit_callbacks(execute=True):
        resume_workspace(actor=alice.actor)
    assert "modules.jobs.work" in enqueued


@pytest.fixture
def enqueued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the jobs that were sent for."""
    from agents import actions

    sent: list[str] = []
    monkeypatch.setattr(actions, "enqueue", lambda name, *_: sent.append(name))
    return sent


def test_a_job_that_is_claimed_in_the_same_moment_is_let_go_of(
    job_of: Make, alice: Membership
) -> None:
    halt_workspace(actor=alice.actor)
    job = job_of()
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.RUNNING, token=1, attempts=1, lease_expires_at=db_now()
    )
    held = Job.objects.select_related("workspace", "actor__workspace", "model").get(pk=job.pk)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driving, "_attempt", lambda job, token: looked_at(token))
        drive(held)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 0)


def looked_at(token: CancelToken) -> None:
    """The keeper looks while the job is under way, and the job heeds it."""
    keeper.look()
    assert token.cancelled
    raise Cancelled


def test_what_was_set_aside_is_given_back_and_what_was_spent_is_kept(
    workspace: Any, agents: Any, job_of: Make, alice: Membership
) -> None:
    budget = Budget.objects.get(workspace=workspace, agent=None)
    job_of()
    held = claim()
    assert held
    Budget.objects.filter(pk=budget.pk).update(cost_reserved=9_000)
    Job.objects.filter(pk=held.pk).update(cost_reserved=9_000, cost=2_000)
    halt_workspace(actor=alice.actor)
    budget.refresh_from_db()
    assert (budget.cost_reserved, budget.cost_spent) == (0, 2_000)
    assert Job.objects.get().cost_reserved == 0


@pytest.mark.django_db(transaction=True)
def test_a_call_that_hangs_is_cut_off(
    workspace: Any, job_of: Make, alice: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way: a worker within a model's call, the stop, and the worker is free again."""
    AIModel.objects.filter(workspace=workspace).update(options={"latency_ms": 60_000})
    job = job_of()
    worker = threading.Thread(target=_work_once)
    worker.start()
    _until(lambda: Job.objects.filter(pk=job.pk, state="running", progress__gt=0).exists())
    halt_workspace(actor=alice.actor)
    keeper.look()  # as its thread does twice a second; it rests in tests
    worker.join(10)
    assert not worker.is_alive(), "it let go of the call"
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 0)
    assert list(Call.objects.values_list("status", flat=True)) == ["cancelled"]


def _work_once() -> None:
    try:
        work_off(1)
    finally:
        connection.close()


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        threading.Event().wait(0.02)
    raise AssertionError("it never came to that")


def test_a_child_at_work_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    program = tmp_path / "sleeper.py"
    program.write_text("import sys, time\nsys.stdin.buffer.read()\ntime.sleep(60)\n")
    monkeypatch.setattr(working, "CHILD", program)
    monkeypatch.setattr(children, "LOOK_EVERY_S", 0.01)
    token = CancelToken()
    token.cancel()
    with token.governing(), pytest.raises(Cancelled):
        working.work("take", [b"x"])


def test_a_schedule_that_comes_due_meanwhile_is_done_once_afterwards(
    workspace: Any, alice: Membership
) -> None:
    plan = Plan("Morning", "language.summarise", {"text": TEXT}, "0 9 * * *")
    save_schedule(actor=alice.actor, plan=plan)
    Schedule.objects.update(due_at=db_now() - timedelta(hours=30))
    halt_workspace(actor=alice.actor)
    assert fire_due() == 0
    resume_workspace(actor=alice.actor)
    assert fire_due() == 1
    assert fire_due() == 0
