"""The budgets of agents and workspaces hold for the jobs of modules too."""

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Greatest

from agents.models import Budget
from core.clock import Now, seconds
from core.errors import LimitReached
from modules.models import Job


class BudgetPurse:
    """Sets a job's cost aside in the budget of its workspace, and of the agent that asked."""

    def reserve(self, job: Job, cost: int) -> None:
        """See modules.spending.Purse. Within a transaction."""
        _start_windows(job)
        for budget in _of(job).select_related("agent__actor"):
            room = Budget.objects.filter(pk=budget.pk)
            if cost:
                fits = Q(cost_limit__gte=F("cost_spent") + F("cost_reserved") + cost)
                room = room.filter(Q(cost_limit=None) | fits)
            if not room.update(cost_reserved=F("cost_reserved") + cost):
                owner = f"@{budget.agent.handle}" if budget.agent else "the workspace"
                raise LimitReached(
                    f"The budget of {owner} has no room for this: it may cost up to "
                    f"${cost / 1_000_000:,.4f}.",
                    code="budget_spent",
                )

    def settle(self, job: Job, reserved: int, spent: int) -> None:
        """See modules.spending.Purse."""
        with transaction.atomic():
            for budget_id in list(_of(job).values_list("pk", flat=True)):
                Budget.objects.filter(pk=budget_id).update(
                    cost_reserved=Greatest(F("cost_reserved") - reserved, 0),
                    cost_spent=F("cost_spent") + spent,
                )


def _of(job: Job) -> QuerySet[Budget]:
    # In the same order as for runs, the workspace's last.
    owners = Q(workspace=job.workspace_id, agent=None)
    if job.agent_id:
        owners |= Q(agent=job.agent_id)
    return Budget.objects.filter(owners).order_by(F("agent").desc(nulls_last=True))


def _start_windows(job: Job) -> None:
    ended = ExpressionWrapper(
        F("window_started_at") + seconds("window_s"), output_field=DateTimeField()
    )
    over = _of(job).alias(ended=ended).filter(ended__lte=Now())
    for budget_id in list(over.values_list("pk", flat=True)):
        Budget.objects.filter(pk=budget_id).alias(ended=ended).filter(ended__lte=Now()).update(
            window_started_at=Now(), cost_spent=0, tokens_spent=0, runs_started=0
        )
