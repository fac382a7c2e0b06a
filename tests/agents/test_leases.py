"""Who owns a run: claims, leases, fencing tokens, and the way back."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from accounts.models import Membership
from agents import leases, reconciling, runs
from agents.errors import LeaseLost
from agents.keeper import Keeper
from agents.leases import claim, fence
from agents.models import Agent, Run
from core.clock import Now, from_now

pytestmark = pytest.mark.django_db

Queue = Callable[..., Run]


def let_the_lease_run_out(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(lease_expires_at=from_now(timedelta(seconds=-1)))


def taken_over(run: Run) -> Run:
    """What the next worker has in hand after the first was lost."""
    let_the_lease_run_out(run)
    assert reconciling.reconcile() >= 1
    successor = claim(only=run.pk)
    assert successor is not None
    return successor


def test_a_run_is_claimed_once(queue: Queue) -> None:
    run = queue()

    first, second = claim(), claim()

    assert first is not None
    assert first.pk == run.pk
    assert second is None


def test_each_claim_raises_the_token(queue: Queue) -> None:
    queue()
    first = claim()
    assert first is not None

    assert taken_over(first).token == first.token + 1


def test_the_oldest_run_goes_first(queue: Queue, agents: SimpleNamespace) -> None:
    older, _ = queue(), queue(agent=agents.qa)

    claimed = claim()

    assert claimed is not None
    assert claimed.pk == older.pk


@pytest.mark.parametrize("why", ["paused", "halted", "retired", "elsewhere"])
def test_nothing_is_claimed_for_an_agent_that_may_not_work(
    queue: Queue, agent: Agent, why: str
) -> None:
    queue()
    if why == "halted":
        type(agent.workspace).objects.update(halted_at=Now())
    else:
        changes: dict[str, dict[str, Any]] = {
            "paused": {"status": "paused"},
            "retired": {"retired_at": Now()},
            "elsewhere": {"external": True},
        }
        Agent.objects.filter(pk=agent.pk).update(**changes[why])

    assert claim() is None


def test_a_worker_that_lost_its_lease_can_write_nothing(queue: Queue) -> None:
    queue()
    stalled = claim()
    assert stalled is not None
    taken_over(stalled)

    with pytest.raises(LeaseLost):
        fence(stalled)
    with pytest.raises(LeaseLost):
        runs.end_run(stalled, Run.State.SUCCEEDED)

    stalled.refresh_from_db()
    assert stalled.state == Run.State.RUNNING


def test_a_worker_that_comes_back_in_time_keeps_its_run(queue: Queue) -> None:
    queue()
    run = claim()
    assert run is not None
    let_the_lease_run_out(run)
    assert leases.renew([run.pk]) == 1

    reconciling.reconcile()

    fence(run)


def test_nobody_renews_what_another_process_owns(queue: Queue) -> None:
    queue()
    run = claim(owner="somebody else")
    assert run is not None

    assert leases.renew([run.pk]) == 0


@pytest.mark.parametrize("late", [Run.State.SUCCEEDED, Run.State.FAILED])
def test_a_terminal_state_is_final(queue: Queue, alice: Membership, late: Run.State) -> None:
    queue()
    run = claim()
    assert run is not None
    runs.cancel_run(actor=alice.actor, run=run)

    with pytest.raises(LeaseLost):
        runs.end_run(run, late)

    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED


def test_the_keeper_cuts_off_what_was_stopped(queue: Queue, alice: Membership) -> None:
    queue()
    run = claim()
    assert run is not None
    keeper = Keeper()
    with keeper.holding(run) as cancel:
        keeper.look()
        assert not cancel.cancelled

        runs.cancel_run(actor=alice.actor, run=run)
        keeper.look()

        assert cancel.cancelled


@pytest.mark.parametrize("what", ["agent", "workspace"])
def test_the_keeper_cuts_off_a_run_claimed_in_the_moment_of_a_pause(
    queue: Queue, agent: Agent, what: str
) -> None:
    queue()
    run = claim()
    assert run is not None
    if what == "agent":
        Agent.objects.update(status=Agent.Status.PAUSED)
    else:
        type(agent.workspace).objects.update(halted_at=Now())
    keeper = Keeper()
    with keeper.holding(run) as cancel:
        keeper.look()

        assert cancel.cancelled


def test_an_old_claim_that_winds_down_leaves_the_new_one_its_lease(queue: Queue) -> None:
    queue()
    old = claim()
    assert old is not None
    keeper = Keeper()
    with keeper.holding(old) as old_cancel:
        new = taken_over(old)
        with keeper.holding(new) as new_cancel:
            keeper.look()
            assert old_cancel.cancelled
            assert not new_cancel.cancelled
            assert keeper.count == 2
    assert keeper.count == 0


def test_a_process_told_to_stop_cuts_off_even_what_it_has_just_claimed(queue: Queue) -> None:
    queue()
    run = claim()
    assert run is not None
    keeper = Keeper()
    keeper.stop_all()

    with keeper.holding(run) as cancel:
        assert cancel.cancelled


def test_the_wake_up_of_the_keeper_is_not_lost(queue: Queue) -> None:
    """A run that comes between its last look and its going to sleep must still wake it."""
    queue()
    run = claim()
    assert run is not None
    keeper = Keeper()
    plain_clear = keeper._wake.clear

    def clear_late() -> None:
        plain_clear()
        keeper._held[run.pk, run.token] = object()  # type: ignore[assignment]
        keeper._wake.set()

    keeper._wake.clear = clear_late  # type: ignore[method-assign]

    keeper._wait_for_work()  # comes back
