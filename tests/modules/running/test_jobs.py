"""Jobs: every way from one state to another, and who may go it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Membership
from activity.models import Activity
from agents.models import Budget
from core.clock import from_now
from core.errors import Conflict, Invalid, NotFound
from modules.breakers import BreakerOpen
from modules.completion import complete
from modules.language.base import ProviderError
from modules.language.types import Usage
from modules.models import AIModel, Call, Job
from modules.running import actions, context
from modules.running.driving import drive, drive_now, work_off
from modules.running.keeping import keeper
from modules.running.leases import LeaseLost, claim, fence
from modules.running.reconciling import reconcile
from tests.modules.running.conftest import TEXT

Make = Callable[..., Job]


def test_a_job_is_done_and_says_what_came_of_it(done: Make) -> None:
    job = done(text=TEXT, length="sentence")
    assert job.state == "succeeded", job.error
    assert job.result["text"] == "The keeper of the harbour ordered a new lamp on Monday." or (
        "lamp" in job.result["text"]
    )
    assert len(job.result["text"]) < len(TEXT) / 2
    assert job.simulated
    assert job.progress == 100
    assert job.ended_at
    assert Call.objects.get().actor == job.actor


def test_its_start_and_end_are_in_the_log(done: Make) -> None:
    done()
    verbs = list(Activity.objects.order_by("number").values_list("verb", flat=True))
    assert verbs[-2:] == ["job.started", "job.finished"]


def test_input_that_does_not_fit_makes_no_job(job_of: Make) -> None:
    with pytest.raises(Invalid, match="there is no argument “tetx”"):
        job_of(tetx="x")
    with pytest.raises(NotFound, match=r"There are: .*language\.summarise"):
        job_of("language.sing", text="x")
    assert not Job.objects.exists()


def test_the_same_key_brings_back_the_same_job(alice: Membership, workspace: Any) -> None:
    first, second = (
        actions.start_job(
            actor=alice.actor, operation="language.summarise", input={"text": "x"}, key="k"
        )
        for _ in range(2)
    )
    assert first.pk == second.pk


def test_a_cancelled_job_is_never_done(job_of: Make, alice: Membership) -> None:
    job = actions.cancel_job(actor=alice.actor, job=job_of())
    assert work_off(10) == 0
    job.refresh_from_db()
    assert job.state == "cancelled"
    with pytest.raises(Conflict):
        actions.cancel_job(actor=alice.actor, job=job)


def test_a_worker_whose_job_was_cancelled_can_write_nothing_more(
    job_of: Make, alice: Membership
) -> None:
    job_of()
    held = claim()
    assert held
    actions.cancel_job(actor=alice.actor, job=Job.objects.get(pk=held.pk))
    drive(held)
    held.refresh_from_db()
    assert held.state == "cancelled"
    assert held.result == {}


def test_a_worker_that_stalled_past_its_lease_does_no_harm(job_of: Make) -> None:
    job_of()
    old = claim()
    assert old
    Job.objects.update(lease_expires_at=from_now(-timedelta(seconds=1)))
    assert reconcile() == 1
    new = claim()
    assert new
    assert new.token == old.token + 1
    with pytest.raises(LeaseLost):
        fence(old)
    with pytest.raises(LeaseLost):
        actions.finish_job(old, {"text": "late"})
    actions.finish_job(new, {"text": "in time"})
    new.refresh_from_db()
    assert new.result == {"text": "in time"}


def test_a_job_whose_worker_is_lost_three_times_is_given_up(job_of: Make) -> None:
    job = job_of()
    for _ in range(3):
        assert claim()
        Job.objects.update(lease_expires_at=from_now(-timedelta(seconds=1)))
        reconcile()
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error_code) == ("failed", 3, "worker_lost")
    assert claim() is None


def test_a_job_is_claimed_once(job_of: Make) -> None:
    job_of()
    assert claim() is not None
    assert claim() is None


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(**_: Any) -> Any:
        raise error

    monkeypatch.setattr(context, "complete", fail)


def test_what_may_pass_is_tried_three_times_and_later_each_time(
    monkeypatch: pytest.MonkeyPatch, job_of: Make
) -> None:
    failing(monkeypatch, ProviderError("overloaded", "Too busy.", transient=True))
    job = job_of()
    for attempt in range(1, 4):
        assert work_off(1) == 1
        job.refresh_from_db()
        assert job.attempts == attempt
        if attempt < 3:
            assert job.state == "queued"
            assert job.not_before
            assert work_off(1) == 0, "not before its time"
            Job.objects.update(not_before=from_now(-timedelta(seconds=1)))
    assert (job.state, job.error, job.error_code) == ("failed", "Too busy.", "overloaded")


def test_what_will_not_pass_fails_at_once(monkeypatch: pytest.MonkeyPatch, done: Make) -> None:
    failing(monkeypatch, ProviderError("bad_key", "The key is wrong.", transient=False))
    job = done()
    assert (job.state, job.attempts, job.error) == ("failed", 1, "The key is wrong.")


def test_a_breaker_that_is_open_is_waited_for(monkeypatch: pytest.MonkeyPatch, done: Make) -> None:
    from core.clock import db_now

    until = db_now() + timedelta(minutes=1)
    failing(monkeypatch, BreakerOpen(until))
    job = done()
    assert (job.state, job.not_before) == ("queued", until)


def test_a_failed_job_is_done_again_as_another(
    monkeypatch: pytest.MonkeyPatch, done: Make, alice: Membership
) -> None:
    failing(monkeypatch, ProviderError("bad_key", "The key is wrong.", transient=False))
    old = done()
    monkeypatch.setattr(context, "complete", complete)
    new = actions.retry_job(actor=alice.actor, job=old)
    drive_now(new.pk)
    new.refresh_from_db()
    assert new.state == "succeeded"
    assert new.retry_of == old
    assert new.input == old.input


def test_a_worker_that_is_told_to_stop_gives_its_job_back_unharmed(
    monkeypatch: pytest.MonkeyPatch, job_of: Make
) -> None:
    job = job_of()
    held = claim()
    assert held
    monkeypatch.setattr(keeper, "stopping", True)
    drive(held)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 0)


def test_the_budget_is_asked_before_and_settled_after(
    workspace: Any, agents: Any, model: AIModel, provider: Any, job_of: Make
) -> None:
    from tests.modules.conftest import reply

    provider(reply("Short.", Usage(1_000, 100)))
    AIModel.objects.filter(pk=model.pk).update(is_default=False)
    AIModel.objects.filter(workspace=workspace, provider="simulated").update(enabled=False)
    budget = Budget.objects.get(workspace=workspace, agent=None)
    Budget.objects.filter(pk=budget.pk).update(cost_limit=10)
    refused = job_of()
    work_off(1)
    refused.refresh_from_db()
    assert (refused.state, refused.error_code) == ("failed", "budget_spent")
    assert "no room" in refused.error

    Budget.objects.filter(pk=budget.pk).update(cost_limit=10_000_000)
    paid = job_of()
    work_off(1)
    paid.refresh_from_db()
    budget.refresh_from_db()
    assert paid.cost == 3_000, "1,000 tokens at $2 and 100 at $10 a million"
    assert (budget.cost_spent, budget.cost_reserved) == (3_000, 0)


def test_somebody_who_may_only_look_starts_nothing(viewer: Membership) -> None:
    from core.errors import Forbidden

    with pytest.raises(Forbidden):
        actions.start_job(actor=viewer.actor, operation="language.summarise", input={"text": "x"})
