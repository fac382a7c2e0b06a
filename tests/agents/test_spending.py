"""Setting what may be spent, by those who may."""

from types import SimpleNamespace

import pytest

from accounts.models import Membership
from activity.models import Activity
from agents.models import Budget, Run
from agents.spending import set_budget
from core.errors import Forbidden, Invalid

pytestmark = pytest.mark.django_db


def test_a_limit_is_set_and_said(alice: Membership, agents: SimpleNamespace) -> None:
    budget = set_budget(actor=alice.actor, agent=agents.technical, cost_limit=7_500_000)

    assert (budget.cost_limit, budget.token_limit) == (7_500_000, None)
    entry = Activity.objects.get(verb="budget.set")
    assert entry.message == "set what @technical may spend in a day to $7.50"


def test_without_an_agent_it_is_the_workspaces(alice: Membership, agents: SimpleNamespace) -> None:
    set_budget(actor=alice.actor, token_limit=1_000)

    assert Budget.objects.get(agent=None).token_limit == 1_000
    assert not Budget.objects.exclude(agent=None).filter(token_limit=1_000).exists()


def test_runs_that_waited_for_room_look_again(alice: Membership, agents: SimpleNamespace) -> None:
    waiting = {
        agent: Run.objects.create(
            workspace=alice.workspace,
            agent=agent,
            kind="mention",
            state=Run.State.WAITING,
            wait_for="budget",
        )
        for agent in (agents.technical, agents.qa)
    }

    set_budget(actor=alice.actor, agent=agents.technical)

    states = {agent.handle: Run.objects.get(pk=run.pk).state for agent, run in waiting.items()}
    assert states == {"technical": "queued", "qa": "waiting"}


def test_not_everybody_sets_limits(
    bob: Membership, charlie: Membership, alice: Membership, agents: SimpleNamespace
) -> None:
    with pytest.raises(Forbidden):
        set_budget(actor=bob.actor, agent=agents.technical)
    with pytest.raises(Invalid):
        set_budget(actor=charlie.actor, agent=agents.technical)
    with pytest.raises(Invalid):
        set_budget(actor=agents.orchestrator.actor, agent=agents.orchestrator)
    with pytest.raises(Invalid):
        set_budget(actor=alice.actor, cost_limit=-1)
