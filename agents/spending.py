"""The verb on budgets: how much may be spent."""

from accounts.models import Actor
from accounts.roles import require
from activity.log import record, verb
from agents import runs
from agents.models import Agent, Budget, Run
from core.clock import Now
from core.errors import Invalid
from core.queueing import enqueue


@verb
def set_budget(
    *,
    actor: Actor,
    agent: Agent | None = None,
    cost_limit: int | None = None,
    token_limit: int | None = None,
) -> Budget:
    """Set what may be spent in a day (microdollars, tokens); None means no limit.

    Without an agent it is the whole workspace's. Whatever waits for a budget looks again.
    """
    require(actor, "agents")
    if agent is not None and agent.workspace_id != actor.workspace_id:
        raise Invalid("There is no such agent in this workspace.", field="agent")
    if actor.is_agent:
        raise Invalid("Agents do not raise budgets; ask a person.", field="actor")
    for name, limit in (("cost_limit", cost_limit), ("token_limit", token_limit)):
        if limit is not None and not 0 <= limit <= 10**15:
            raise Invalid("A limit is a number from 0 on, or nothing.", field=name)
    budget, _ = Budget.objects.get_or_create(
        workspace=actor.workspace, agent=agent, defaults={"window_started_at": Now()}
    )
    Budget.objects.filter(pk=budget.pk).update(cost_limit=cost_limit, token_limit=token_limit)
    budget.refresh_from_db()
    whose = f"@{agent.handle}" if agent else "the workspace"
    record(
        actor=actor,
        verb="budget.set",
        message=f"set what {whose} may spend in a day to {_in_words(cost_limit, token_limit)}",
        agent=agent,
        data={"cost_limit": cost_limit, "token_limit": token_limit},
    )
    waiting = Run.objects.filter(
        workspace=actor.workspace, state=Run.State.WAITING, wait_for="budget"
    )
    if agent is not None:
        waiting = waiting.filter(agent=agent)
    for run_id in list(waiting.values_list("pk", flat=True)):
        runs.resume_run(run_id, wait_for="budget")
    enqueue("agents.jobs.work")
    return budget


def _in_words(cost: int | None, tokens: int | None) -> str:
    parts = []
    if cost is not None:
        parts.append(f"${cost / 1_000_000:,.2f}")
    if tokens is not None:
        parts.append(f"{tokens:,} tokens")
    return " and ".join(parts) or "as much as it likes"
