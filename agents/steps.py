"""Writing steps. Each begins with the fence and is saved before the next one begins."""

from datetime import datetime
from typing import Any

from django.db.models import F, Max
from django.utils import timezone

from agents.leases import fence
from agents.live import announce
from agents.models import Run, Step
from modules.language.types import Reply, ToolCall


def save_reply(run: Run, reply: Reply, *, cost: int, started_at: datetime) -> Step:
    """Save what the model answered. Within a transaction; raises LeaseLost."""
    fence(run)
    step = _append(
        run,
        kind=Step.Kind.MODEL,
        name=reply.model,
        content=reply.message.to_dict(),
        input_tokens=reply.usage.input_tokens,
        output_tokens=reply.usage.output_tokens,
        cost=cost,
        started_at=started_at,
        ended_at=timezone.now(),
    )
    Run.objects.filter(pk=run.pk).update(
        step_count=F("step_count") + 1,
        input_tokens=F("input_tokens") + reply.usage.input_tokens,
        output_tokens=F("output_tokens") + reply.usage.output_tokens,
        cost=F("cost") + cost,
        crashes=0,
    )
    announce(run, step)
    return step


def save_intent(run: Run, call: ToolCall) -> Step:
    """Say that a call with effects outside the database is about to be made."""
    fence(run)
    step = _append(
        run,
        kind=Step.Kind.TOOL,
        state=Step.State.INTENT,
        call_id=call.id,
        name=call.name,
        content=call.arguments,
        started_at=timezone.now(),
    )
    announce(run, step)
    return step


def save_receipt(
    run: Run,
    call: ToolCall,
    *,
    result: str,
    state: Step.State,
    started_at: datetime,
    intent: Step | None = None,
) -> Step:
    """Save what a call brought, in place of its intent where there is one."""
    fence(run)
    step = intent or _append(
        run,
        kind=Step.Kind.TOOL,
        call_id=call.id,
        name=call.name,
        content=call.arguments,
        started_at=started_at,
    )
    step.state, step.result, step.ended_at = state, result, timezone.now()
    step.save(update_fields=["state", "result", "ended_at"])
    announce(run, step)
    # A step forward: whatever took its workers down before was not this run.
    Run.objects.filter(pk=run.pk).update(step_count=F("step_count") + 1, crashes=0)
    return step


def _append(run: Run, **values: Any) -> Step:
    # The fence holds the run's row, so no note can take the same place.
    last = Step.objects.filter(run=run).aggregate(last=Max("index"))["last"]
    return Step.objects.create(run=run, index=0 if last is None else last + 1, **values)
