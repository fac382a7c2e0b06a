"""The verb on budgets: how much may be spent."""

from collections.abc import Callable, Mapping

from accounts.models import Actor
from accounts.roles import require
from activity.log import record, verb
from agents import runs
from agents.models import Agent, Budget, Run
from core.clock import Now
from core.errors import Invalid
from core.queueing import enqueue

# What a budget limits in a day, and how a limit reads.
LIMITS: Mapping[str, tuple[str, Callable[[int], str]]] = {
    "cost_limit": ("money", lambda cost: f"${cost / 1_000_000:,.2f}"),
    "token_limit": ("tokens", lambda tokens: f"{tokens:,} tokens"),
    "run_limit": ("runs", lambda runs: f"{runs:,} runs"),
}
MOST: Mapping[str, int] = {"cost_limit": 10**15, "token_limit": 10**15, "run_limit": 10**9}


@verb
def set_budget(*, actor: Actor, agent: Agent | None = None, **limits: int | None) -> Budget:
    """Set what may be spent in a day: `cost_limit` (microdollars), `token_limit`, `run_limit`.

    None means no limit; what is not named stays as it is. Without an agent it is the whole
    workspace's. Whatever waits for a budget looks again.
    """
    require(actor, "agents")
    if agent is not None and agent.workspace_id != actor.workspace_id:
        raise Invalid("There is no such agent in this workspace.", field="agent")
    if actor.is_agent:
        raise Invalid("Agents do not raise budgets; ask a person.", field="actor")
    for name, limit in limits.items():
        if limit is not None and not 0 <= limit <= MOST[name]:
            raise Invalid("A limit is a number from 0 on, or nothing.", field=name)
    # The runs before the budget: everybody takes their locks in this order.
    waiting = Run.objects.filter(
        workspace=actor.workspace, state=Run.State.WAITING, wait_for="budget"
    )
    if agent is not None:
        waiting = waiting.filter(agent=agent)
    for run_id in list(waiting.order_by("pk").values_list("pk", flat=True)):
        runs.resume_run(run_id, wait_for="budget")
    budget, _ = Budget.objects.get_or_create(
        workspace=actor.workspace, agent=agent, defaults={"window_started_at": Now()}
    )
    if limits:
        Budget.objects.filter(pk=budget.pk).update(**limits)
    budget.refresh_from_db()
    whose = f"@{agent.handle}" if agent else "the workspace"
    record(
        actor=actor,
        verb="budget.set",
        message=f"set what {whose} may spend in a day to {_in_words(limits)}",
        agent=agent,
        data=dict(limits),
    )
    enqueue("agents.jobs.work")
    return budget


def _in_words(limits: Mapping[str, int | None]) -> str:
    parts = []
    for name, limit in limits.items():
        noun, words = LIMITS[name]
        parts.append(f"{noun} without limit" if limit is None else words(limit))
    return " and ".join(parts) or "what it was"
