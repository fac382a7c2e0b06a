"""What may be spent, for programs."""

from types import SimpleNamespace

import pytest

from accounts.models import Membership
from agents.models import Budget
from tests.api.client import Program

pytestmark = pytest.mark.django_db


def test_the_workspace_comes_first_and_then_its_agents(
    as_alice: Program, agents: SimpleNamespace
) -> None:
    body = as_alice.get("budgets").body
    assert body["count"] == 4
    assert [row["agent"] is None for row in body["results"]] == [True, False, False, False]
    of_one = as_alice.get(f"budgets?agent={agents.qa.pk}").body["results"]
    assert [row["agent"] for row in of_one] == [str(agents.qa.pk)]


def test_what_is_named_is_set_and_the_rest_stays(
    as_alice: Program, agents: SimpleNamespace
) -> None:
    budget = Budget.objects.get(agent=agents.qa)
    answer = as_alice.patch(f"budgets/{budget.pk}", {"cost_limit": 7_500_000, "run_limit": None})
    assert answer.status == 200
    assert (answer.body["cost_limit"], answer.body["run_limit"]) == (7_500_000, None)
    assert answer.body["token_limit"] == budget.token_limit
    assert as_alice.get(f"budgets/{budget.pk}").body == answer.body


@pytest.mark.parametrize(
    ("sent", "field"),
    [({"cost_limit": -1}, "cost_limit"), ({"run_limit": "9"}, "run_limit"), ({"all": 1}, "all")],
)
def test_a_wrong_limit_is_named_and_changes_nothing(
    as_alice: Program, agents: SimpleNamespace, sent: dict[str, object], field: str
) -> None:
    budget = Budget.objects.get(agent=agents.qa)
    answer = as_alice.patch(f"budgets/{budget.pk}", sent)
    assert (answer.status, list(answer.details)) == (400, [field])
    assert Budget.objects.get(pk=budget.pk).cost_limit == budget.cost_limit


def test_neither_members_nor_agents_nor_strangers_raise_it(
    as_bob: Program, as_charlie: Program, key_of: object, alice: Membership, agents: SimpleNamespace
) -> None:
    budget = Budget.objects.get(agent=agents.qa)
    change = {"cost_limit": 10**9}
    own = Program(key_of(alice, "read", "admin", owner=agents.qa.actor))  # type: ignore[operator]
    assert as_bob.patch(f"budgets/{budget.pk}", change).status == 403
    assert as_charlie.patch(f"budgets/{budget.pk}", change).status == 404
    assert own.patch(f"budgets/{budget.pk}", change).status == 409
    assert Budget.objects.get(pk=budget.pk).cost_limit == budget.cost_limit
