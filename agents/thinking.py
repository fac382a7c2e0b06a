"""One turn of the model: reserve, ask, save, settle."""

from django.utils import timezone

from activity.log import logged
from agents import budgets
from agents.handlers import handler_of
from agents.leases import fence
from agents.live import StreamToRun
from agents.models import Run
from agents.steps import save_reply
from agents.transcript import Transcript
from modules.actions import complete, cost_of, default_model, estimate
from modules.language.cancel import CancelToken
from modules.language.types import Request
from modules.tools import registry


def think(run: Run, transcript: Transcript, cancel: CancelToken) -> None:
    """Ask the model for the next step and save its answer.

    No transaction is open while the model thinks. Raises BudgetSpent before the call,
    BreakerOpen, ProviderError or Cancelled from it, and LeaseLost when the answer came too
    late to count.
    """
    model = run.agent.model or default_model(run.workspace)
    request = Request(
        system=run.brief["system"],
        messages=transcript.messages(),
        tools=tuple(registry.get(name).spec for name in handler_of(run).tools),
        max_tokens=model.max_output_tokens,
        metadata={"run": str(run.pk), "agent": run.agent.handle},
    )
    tokens, cost = estimate(model, request)
    with logged():
        fence(run)
        budgets.reserve(run, tokens=tokens, cost=cost)
    started_at = timezone.now()
    try:
        reply = complete(
            model=model,
            request=request,
            actor=run.agent.actor,
            run_id=run.pk,
            agent_id=run.agent_id,
            task_id=run.task_id,
            on_event=StreamToRun(run),
            cancel=cancel,
        )
    except BaseException:
        with logged():
            budgets.settle(run)
        raise
    spent = cost_of(model, reply.usage)
    with logged():
        save_reply(run, reply, cost=spent, started_at=started_at)
        budgets.settle(run, tokens=reply.usage.input_tokens + reply.usage.output_tokens, cost=spent)
        if model.simulated and not run.simulated:
            run.simulated = True
            Run.objects.filter(pk=run.pk).update(simulated=True)
