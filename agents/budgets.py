"""What may be spent, reserved before a call and settled after it.

A reservation is part of the conditional update that checks the limit, so fifty runs at
once cannot pass a limit together: whoever comes when it is full does not get through.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import DateTimeField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Greatest

from agents.models import Agent, Budget, Run
from core.clock import Now, db_now, seconds

# Limits that hold until somebody sets others: budgets are on by default.
WORKSPACE_COST_PER_DAY = 20_000_000
AGENT_COST_PER_DAY = 5_000_000
AGENT_RUNS_PER_HOUR_CAP = 2_000
ASK_AGAIN_AFTER = timedelta(seconds=5)


@dataclass(frozen=True)
class Reservation:
    """What a call may use at most, or has used; the cost in microdollars."""

    tokens: int
    cost: int


NOTHING = Reservation(0, 0)


class BudgetSpent(Exception):
    """There is no room for this call before `resets_at`.

    What is merely set aside for others' calls is mostly given back in a moment, so it is
    worth asking again soon; what is spent comes back with the next window.
    """

    def __init__(self, budget: Budget, *, soon: bool = False) -> None:
        self.budget = budget
        owner = f"@{budget.agent.handle}" if budget.agent else "the workspace"
        if soon:
            self.resets_at: datetime = db_now() + ASK_AGAIN_AFTER
            super().__init__(f"The rest of the budget of {owner} is set aside for other calls.")
            return
        self.resets_at = budget.window_started_at + timedelta(seconds=budget.window_s)
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


def reserve(run: Run, *, tokens: int, cost: int) -> Reservation:
    """Set aside the most that the next call can use. To be called within a transaction.

    `tokens` and `cost` (microdollars) are upper bounds. Raises BudgetSpent, after which the
    transaction must be rolled back.
    """
    forfeit(run)
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
            budget.refresh_from_db()
            raise BudgetSpent(budget, soon=_would_fit_alone(budget, tokens, cost))
    Run.objects.filter(pk=run.pk).update(cost_reserved=cost, tokens_reserved=tokens)
    return Reservation(tokens, cost)


def _would_fit_alone(budget: Budget, tokens: int, cost: int) -> bool:
    fits = budget.token_limit is None or budget.tokens_spent + tokens <= budget.token_limit
    if cost and budget.cost_limit is not None:
        fits = fits and budget.cost_spent + cost <= budget.cost_limit
    return fits


def settle(run: Run, reserved: Reservation, *, tokens: int = 0, cost: int = 0) -> None:
    """Turn what the worker of `run` had reserved into what was really used.

    To be called exactly once for each reservation, even when the run is no longer the
    worker's: then somebody has written the reservation off, and that is put right here.
    """
    held = Reservation(*_held(run, token=run.token))
    if held.tokens:
        _change(run, held, Reservation(tokens, cost))
        Run.objects.filter(pk=run.pk).update(cost_reserved=0, tokens_reserved=0)
    else:
        _change(run, NOTHING, Reservation(tokens - reserved.tokens, cost - reserved.cost))


def forfeit(run: Run) -> None:
    """Write a reservation off whose call nobody saw the end of: it counts as spent.

    Called by whoever takes a run from its worker. The provider may have billed that call,
    so the cautious figure holds until the worker, if it lives, says what it was.
    """
    held = Reservation(*_held(run))
    if held.tokens:
        _change(run, held, held)
        Run.objects.filter(pk=run.pk).update(cost_reserved=0, tokens_reserved=0)


def _held(run: Run, **claim: int) -> tuple[int, int]:
    """Tokens and cost that the run's row has reserved; the row is locked until commit."""
    row = Run.objects.filter(pk=run.pk, **claim).select_for_update(no_key=True)
    return row.values_list("tokens_reserved", "cost_reserved").first() or (0, 0)


def _change(run: Run, reserved: Reservation, spent: Reservation) -> None:
    """Take `reserved` out of the run's budgets and add `spent`, which may be negative."""
    for budget_id in _ids(run):
        Budget.objects.filter(pk=budget_id).update(
            tokens_reserved=F("tokens_reserved") - reserved.tokens,
            cost_reserved=F("cost_reserved") - reserved.cost,
            # A new window may have begun between writing off and putting right.
            tokens_spent=Greatest(F("tokens_spent") + spent.tokens, 0),
            cost_spent=Greatest(F("cost_spent") + spent.cost, 0),
        )


def _of(run: Run) -> QuerySet[Budget]:
    # The workspace's first: who stops several runs at once holds the budgets of several agents,
    # and nobody who holds one of those may wait for the workspace's.
    owners = Q(agent=run.agent_id) | Q(workspace=run.workspace_id, agent=None)
    return Budget.objects.filter(owners).order_by(F("agent").asc(nulls_first=True))


def _budgets(run: Run) -> list[Budget]:
    return list(_of(run).select_related("agent__actor"))


def _ids(run: Run) -> list[UUID]:
    return list(_of(run).values_list("pk", flat=True))


def _start_windows(run: Run) -> None:
    """Begin a new window where the old one has ended."""
    ended = ExpressionWrapper(
        F("window_started_at") + seconds("window_s"),
        output_field=DateTimeField(),
    )
    over = _of(run).alias(ended=ended).filter(ended__lte=Now())
    for budget_id in list(over.values_list("pk", flat=True)):
        Budget.objects.filter(pk=budget_id).alias(ended=ended).filter(ended__lte=Now()).update(
            window_started_at=Now(), cost_spent=0, tokens_spent=0, runs_started=0
        )
