"""What may be spent: set aside before a call, settled after it, never twice and never lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Membership
from agents import budgets, reconciling, runs, thinking
from agents.budgets import BudgetSpent, Reservation
from agents.leases import claim
from agents.loop import drive
from agents.models import Agent, Budget, Run
from core.clock import db_now, from_now
from modules.language.base import ProviderError
from modules.language.cancel import Cancelled
from modules.language.types import Request, Usage
from modules.models import AIModel

pytestmark = pytest.mark.django_db

Queue = Callable[..., Run]
DOLLAR = 1_000_000


@pytest.fixture
def run(queue: Queue) -> Run:
    queue()
    claimed = claim()
    assert claimed is not None
    return claimed


def figures(agent: Agent) -> list[tuple[int, int, int, int]]:
    """Cost spent and reserved, tokens spent and reserved; of the agent and of the workspace."""
    both = Budget.objects.filter(agent=agent) | Budget.objects.filter(agent=None)
    fields = ("cost_spent", "cost_reserved", "tokens_spent", "tokens_reserved")
    return list(both.values_list(*fields))


def limit(agent: Agent, **values: Any) -> None:
    Budget.objects.filter(agent=agent).update(**values)


def test_a_call_is_set_aside_and_settled_in_both_budgets(run: Run, agent: Agent) -> None:
    reserved = budgets.reserve(run, tokens=100, cost=50)
    assert figures(agent) == [(0, 50, 0, 100)] * 2

    budgets.settle(run, reserved, tokens=70, cost=30)

    assert figures(agent) == [(30, 0, 70, 0)] * 2


def test_what_would_pass_the_limit_is_refused(run: Run, agent: Agent) -> None:
    limit(agent, cost_limit=DOLLAR, cost_spent=DOLLAR - 10)

    with pytest.raises(BudgetSpent, match="@technical is used up until"):
        budgets.reserve(run, tokens=1, cost=11)
    budgets.reserve(run, tokens=1, cost=10)


def test_what_others_have_set_aside_counts(run: Run, agent: Agent) -> None:
    limit(agent, cost_limit=DOLLAR, cost_reserved=DOLLAR - 10)

    with pytest.raises(BudgetSpent):
        budgets.reserve(run, tokens=1, cost=11)


def test_what_is_merely_set_aside_for_others_is_asked_for_again_soon(
    run: Run, agent: Agent
) -> None:
    limit(agent, cost_limit=DOLLAR, cost_reserved=DOLLAR - 10)

    with pytest.raises(BudgetSpent, match="set aside for other calls") as refused:
        budgets.reserve(run, tokens=1, cost=11)

    assert refused.value.resets_at < db_now() + timedelta(seconds=10)


def test_a_free_call_is_not_refused_for_money(run: Run, agent: Agent) -> None:
    limit(agent, cost_limit=DOLLAR, cost_spent=DOLLAR * 2)

    budgets.reserve(run, tokens=1, cost=0)


def test_a_new_window_begins_where_the_old_one_ends(run: Run, agent: Agent) -> None:
    limit(
        agent,
        cost_limit=DOLLAR,
        cost_spent=DOLLAR,
        window_started_at=from_now(timedelta(days=-1, seconds=-1)),
    )

    budgets.reserve(run, tokens=1, cost=DOLLAR)

    assert Budget.objects.get(agent=agent).cost_spent == 0


def test_the_limit_of_runs_holds(queue: Queue, run: Run, agent: Agent) -> None:
    limit(agent, run_limit=1)
    budgets.count_run(run)

    with pytest.raises(BudgetSpent):
        budgets.count_run(run)


def test_settling_after_somebody_took_the_run_puts_the_cautious_figure_right(
    run: Run, agent: Agent, alice: Membership
) -> None:
    reserved = budgets.reserve(run, tokens=100, cost=50)

    runs.cancel_run(actor=alice.actor, run=run)
    assert figures(agent) == [(50, 0, 100, 0)] * 2

    budgets.settle(run, reserved, tokens=70, cost=30)
    assert figures(agent) == [(30, 0, 70, 0)] * 2


def test_a_person_who_looked_long_ago_still_frees_what_is_set_aside(
    queue: Queue, agent: Agent, alice: Membership
) -> None:
    stale = queue()
    run = claim()
    assert run is not None
    budgets.reserve(run, tokens=100, cost=50)

    runs.cancel_run(actor=alice.actor, run=stale)

    assert figures(agent) == [(50, 0, 100, 0)] * 2


def test_a_call_that_died_with_its_worker_counts_as_made(run: Run, agent: Agent) -> None:
    budgets.reserve(run, tokens=100, cost=50)
    Run.objects.update(lease_expires_at=from_now(timedelta(seconds=-1)))

    reconciling.reconcile()

    assert figures(agent) == [(50, 0, 100, 0)] * 2


def test_a_successor_settles_its_own_and_not_its_predecessors(run: Run, agent: Agent) -> None:
    old = budgets.reserve(run, tokens=100, cost=50)
    Run.objects.update(lease_expires_at=from_now(timedelta(seconds=-1)))
    reconciling.reconcile()
    successor = claim()
    assert successor is not None
    new = budgets.reserve(successor, tokens=200, cost=70)

    budgets.settle(run, old, tokens=10, cost=5)
    assert figures(agent) == [(5, 70, 10, 200)] * 2
    budgets.settle(successor, new, tokens=20, cost=7)
    assert figures(agent) == [(12, 0, 30, 0)] * 2


def test_what_is_left_set_aside_is_written_off_before_the_next_call(run: Run, agent: Agent) -> None:
    budgets.reserve(run, tokens=100, cost=50)

    budgets.reserve(run, tokens=200, cost=70)

    assert figures(agent) == [(50, 70, 100, 200)] * 2


def test_a_correction_across_two_windows_never_goes_below_nothing(run: Run, agent: Agent) -> None:
    budgets.reserve(run, tokens=100, cost=50)
    budgets.forfeit(run)
    Budget.objects.update(cost_spent=0, tokens_spent=0)

    budgets.settle(run, Reservation(100, 50), tokens=0, cost=0)

    assert figures(agent) == [(0, 0, 0, 0)] * 2


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (
            ProviderError("bad", "No.", transient=False, usage=Usage(10, 5)),
            Run.State.FAILED,
        ),
        (
            ProviderError("busy", "Later.", transient=True, usage=Usage(10, 5)),
            Run.State.WAITING,
        ),
        (Cancelled(Usage(10, 5)), Run.State.QUEUED),
    ],
)
def test_a_call_that_broke_is_paid_as_far_as_it_got(
    run: Run,
    agent: Agent,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    state: Run.State,
) -> None:
    AIModel.objects.update(input_price=DOLLAR, output_price=DOLLAR)

    def complete(**_: object) -> None:
        raise error

    monkeypatch.setattr(thinking, "complete", complete)

    drive(run)

    run.refresh_from_db()
    assert run.state == state
    assert figures(agent) == [(15, 0, 15, 0)] * 2


def test_an_answer_that_comes_too_late_is_paid_all_the_same(
    run: Run,
    agent: Agent,
    alice: Membership,
    scripted: Callable[..., list[Request]],
) -> None:
    AIModel.objects.update(input_price=DOLLAR, output_price=DOLLAR)

    def answer(request: Request) -> list[str]:
        runs.cancel_run(actor=alice.actor, run=run)
        return ["too late"]

    scripted(answer)

    drive(run)

    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    assert not run.steps.exists()
    assert figures(agent) == [(120, 0, 120, 0)] * 2


def test_a_run_without_room_waits_until_the_window_ends(
    run: Run, agent: Agent, scripted: Callable[..., list[Request]]
) -> None:
    AIModel.objects.update(input_price=DOLLAR, output_price=DOLLAR)
    limit(agent, cost_limit=1)
    requests = scripted(lambda request: ["never"])

    drive(run)

    run.refresh_from_db()
    assert (run.state, run.wait_for) == (Run.State.WAITING, "budget")
    assert run.resume_at is not None
    assert requests == []
    assert figures(agent) == [(0, 0, 0, 0)] * 2
