"""What may be spent, reserved before a call and settled after it.

A reservation is part of the conditional update that checks the limit, so fifty runs at
once cannot pass a limit together: whoever comes when it is full does not get through.
"""

from datetime import datetime, timedelta

from django.db.models import DateTimeField, ExpressionWrapper, F, Q

from agents.models import Agent, Budget, Run
from core.clock import Now, db_now, seconds

# Limits that hold until somebody sets others: "budgets on by default" (mission BY-2).
WORKSPACE_COST_PER_DAY = 20_000_000
AGENT_COST_PER_DAY = 5_000_000
AGENT_RUNS_PER_HOUR_CAP = 2_000


class BudgetSpent(Exception):
    """There is no room for this call before `resets_at`."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.resets_at: datetime = budget.window_started_at + timedelta(seconds=budget.window_s)
        owner = f"@{budget.agent.handle}" if budget.agent else "the workspace"
        super().__init__(f"The budget of {owner} is used up until {self.resets_at:%H:%M} UTC.")


def open_for(agent: Agent) -> None:
    """Give an agent, and its workspace, the budgets that hold by default."""
    now = db_now()
    Budget.objects.get_or_create(
        agent=agent,
        defaults={
            "workspace": agent.workspace,
            "window_started_at": now,
            "cost_limit": AGENT_COST_PER_DAY,
            "run_limit": AGENT_RUNS_PER_HOUR_CAP * 24,
        },
    )
    Budget.objects.get_or_create(
        workspace=agent.workspace,
        agent=None,
        defaults={"window_started_at": now, "cost_limit": WORKSPACE_COST_PER_DAY},
    )


def count_run(run: Run) -> None:
    """Count one more run against its agent's limit. Raises BudgetSpent when it is reached."""
    _start_windows(run)
    for budget in _budgets(run):
        room = Budget.objects.filter(pk=budget.pk).filter(
            Q(run_limit=None) | Q(runs_started__lt=F("run_limit"))
        )
        if not room.update(runs_started=F("runs_started") + 1):
            raise BudgetSpent(budget)


def reserve(run: Run, *, tokens: int, cost: int) -> None:
    """Set aside the most that the next call can use. To be called within a transaction.

    `tokens` and `cost` (microdollars) are upper bounds. Raises BudgetSpent, after which the
    transaction must be rolled back.
    """
    _start_windows(run)
    for budget in _budgets(run):
        room = Budget.objects.filter(pk=budget.pk).filter(
            Q(token_limit=None)
            | Q(token_limit__gte=F("tokens_spent") + F("tokens_reserved") + tokens)
        )
        if cost:  # what costs nothing is never refused for money
            room = room.filter(
                Q(cost_limit=None) | Q(cost_limit__gte=F("cost_spent") + F("cost_reserved") + cost)
            )
        taken = room.update(
            cost_reserved=F("cost_reserved") + cost, tokens_reserved=F("tokens_reserved") + tokens
        )
        if not taken:
            raise BudgetSpent(budget)
    Run.objects.filter(pk=run.pk).update(cost_reserved=cost, tokens_reserved=tokens)


def settle(run: Run, *, tokens: int = 0, cost: int = 0) -> None:
    """Turn the run's reservation into what was really used; nothing, if the call failed.

    Does nothing for a claim that is over: the reservation is then its successor's.
    """
    mine = Run.objects.filter(pk=run.pk, token=run.token)
    reserved = mine.select_for_update().values_list("cost_reserved", "tokens_reserved").first()
    if reserved is None:
        return
    Budget.objects.filter(_owners(run)).update(
        cost_reserved=F("cost_reserved") - reserved[0],
        tokens_reserved=F("tokens_reserved") - reserved[1],
        cost_spent=F("cost_spent") + cost,
        tokens_spent=F("tokens_spent") + tokens,
    )
    mine.update(cost_reserved=0, tokens_reserved=0)


def _owners(run: Run) -> Q:
    return Q(agent=run.agent_id) | Q(workspace=run.workspace_id, agent=None)


def _budgets(run: Run) -> list[Budget]:
    # Always in the same order, the workspace's last: two runs must not wait for each other.
    return list(
        Budget.objects.filter(_owners(run))
        .select_related("agent__actor")
        .order_by(F("agent").desc(nulls_last=True))
    )


def _start_windows(run: Run) -> None:
    """Begin a new window where the old one has ended."""
    ended = ExpressionWrapper(
        F("window_started_at") + seconds("window_s"),
        output_field=DateTimeField(),
    )
    over = Budget.objects.filter(_owners(run)).alias(ended=ended).filter(ended__lte=Now())
    over.update(window_started_at=Now(), cost_spent=0, tokens_spent=0, runs_started=0)
