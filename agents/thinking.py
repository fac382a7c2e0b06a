"""One turn of the model: reserve, ask, save, settle."""

from datetime import datetime

from django.utils import timezone

from activity.log import verb
from agents import budgets
from agents.budgets import Reservation
from agents.errors import LeaseLost
from agents.handlers import handler_of
from agents.leases import fence
from agents.listening import listener_of
from agents.models import Run
from agents.persistence import patiently
from agents.steps import save_reply
from agents.transcript import Transcript
from modules.actions import complete, cost_of, estimate, model_for
from modules.language.cancel import CancelToken
from modules.language.types import Reply, Request, Usage
from modules.models import AIModel
from modules.tools import registry


def think(run: Run, transcript: Transcript, cancel: CancelToken) -> None:
    """Ask the model for the next step and save its answer.

    No transaction is open while the model thinks. Raises BudgetSpent before the call,
    BreakerOpen, ProviderError or Cancelled from it, and LeaseLost when the answer came too
    late to count.
    """
    model = model_for(run.workspace, run.agent.model)
    request = Request(
        system=run.brief["system"],
        messages=transcript.messages(),
        tools=tuple(registry.get(name).spec for name in handler_of(run).tools),
        max_tokens=model.max_output_tokens,
        metadata={"run": str(run.pk), "agent": run.agent.handle},
    )
    reserved = _reserve(run, *estimate(model, request))
    started_at = timezone.now()
    try:
        reply = complete(
            model=model,
            request=request,
            actor=run.agent.actor,
            run_id=run.pk,
            agent_id=run.agent_id,
            task_id=run.task_id,
            on_event=listener_of(run, len(transcript.steps)),
            cancel=cancel,
        )
    except BaseException as error:
        # A call that broke or was cut off may have been billed as far as it got.
        patiently(_settle, run, reserved, model, getattr(error, "usage", None))
        raise
    try:
        # The answer has been paid for: better wait for the database than ask again.
        patiently(_save, run, reserved, model, reply, started_at)
    except LeaseLost:
        patiently(_settle, run, reserved, model, reply.usage)
        raise


@verb
def _reserve(run: Run, tokens: int, cost: int) -> Reservation:
    fence(run)
    return budgets.reserve(run, tokens=tokens, cost=cost)


@verb
def _settle(run: Run, reserved: Reservation, model: AIModel, usage: Usage | None) -> None:
    used = usage or Usage(0, 0)
    budgets.settle(
        run,
        reserved,
        tokens=used.input_tokens + used.output_tokens,
        cost=cost_of(model, used),
    )


@verb
def _save(
    run: Run, reserved: Reservation, model: AIModel, reply: Reply, started_at: datetime
) -> None:
    save_reply(run, reply, cost=cost_of(model, reply.usage), started_at=started_at)
    _settle(run, reserved, model, reply.usage)
    if model.simulated and not run.simulated:
        Run.objects.filter(pk=run.pk).update(simulated=True)
        run.simulated = True
