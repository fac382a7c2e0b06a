"""What may be spent, and how much of it is."""

from typing import Any
from uuid import UUID

from django.db.models import F

from accounts.endpoint import Endpoint
from agents.models import Budget
from agents.serializers import BudgetAnswer, BudgetChange, BudgetQuery, budgets_of
from agents.spending import set_budget
from core.api.schema import op


class Budgets(Endpoint):
    tag = "budgets"
    needs = {"GET": "read"}

    @op("listBudgets", query=BudgetQuery, page_of=BudgetAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """What the workspace and each of its agents may spend in a window, the workspace first."""
        rows = Budget.objects.filter(workspace=self.workspace)
        if "agent" in query:
            rows = rows.filter(agent=query["agent"])
        return self.page(rows.order_by(F("agent").asc(nulls_first=True)), budgets_of, query)


class OneBudget(Endpoint):
    tag = "budgets"
    needs = {"GET": "read", "PATCH": "agents"}

    @op("getBudget", gives=BudgetAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """One budget."""
        self.fetch(Budget.objects.all(), pk=id)
        return budgets_of(Budget.objects.filter(pk=id))[0]

    @op("changeBudget", takes=BudgetChange, gives=BudgetAnswer)
    def patch(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Set the limits that are named; null means none. Agents do not raise budgets."""
        found = self.fetch(Budget.objects.select_related("agent__actor"), pk=id)
        set_budget(actor=self.actor, agent=found.agent, **data)
        return budgets_of(Budget.objects.filter(pk=id))[0]
