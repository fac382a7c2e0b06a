"""One tool call: its effect and its receipt, together or in that order.

A tool that writes to the database does so in the transaction of its receipt, so that a
worker that dies has either done both or neither. A tool that reaches outside leaves its
intent first; where an intent has no receipt, nobody knows whether the call took effect,
and unless it may be repeated a person is asked.
"""

import json
from typing import Any

import structlog
from django.utils import timezone

from activity.log import logged, verb
from agents import runs
from agents.approvals import ask_whether
from agents.errors import Suspended
from agents.handlers import handler_of
from agents.leases import fence
from agents.models import Run, Step
from agents.persistence import patiently
from agents.steps import save_intent, save_receipt
from agents.transcript import Transcript
from core.errors import MCError
from modules.language.types import ToolCall
from modules.tools import Tool, ToolContext, ToolError, registry

log = structlog.get_logger(__name__)

TRIES = 3


def act(run: Run, transcript: Transcript, call: ToolCall) -> bool:
    """Execute one call and save its receipt. Returns True when the run may not go on.

    Then it has reached its end, or waits for somebody. Raises LeaseLost when it is not ours.
    """
    intent = transcript.intent_of(call)
    context = ToolContext(
        actor=run.agent.actor,
        workspace=run.workspace,
        run=run,
        task=run.task,
        agent=run.agent,
        key=transcript.key_of(call),
    )
    tool = _tool(run, call)
    if isinstance(tool, str):
        _refuse(run, call, tool)
    elif tool.effect == "write":
        return _write(run, tool, context, call)
    elif tool.effect == "read":
        _read(run, tool, context, call)
    else:
        return _reach_outside(run, tool, context, call, intent)
    return False


def _tool(run: Run, call: ToolCall) -> Tool | str:
    """The tool that is meant, or what to tell the model instead."""
    if call.invalid is not None:
        return "The arguments were not a JSON object. Call the tool again with valid JSON."
    if call.name not in handler_of(run).tools:
        offered = ", ".join(sorted(handler_of(run).tools))
        return f"There is no tool “{call.name}” here. There are: {offered}."
    return registry.get(call.name)


def _call(tool: Tool, context: ToolContext, call: ToolCall) -> tuple[str, Step.State]:
    try:
        return tool.call(context, call.arguments), Step.State.DONE
    except ToolError as error:
        return str(error), Step.State.ERROR
    except MCError as error:
        return _explain(error), Step.State.ERROR


def _explain(error: MCError) -> str:
    answer: dict[str, Any] = {"error": error.message, "code": error.code}
    if error.field:
        answer["field"] = error.field
    return json.dumps(answer)


def _refuse(run: Run, call: ToolCall, why: str) -> None:
    with logged():
        save_receipt(run, call, result=why, state=Step.State.ERROR, started_at=timezone.now())


def _read(run: Run, tool: Tool, context: ToolContext, call: ToolCall) -> None:
    started_at = timezone.now()
    result, state = _call(tool, context, call)
    with logged():
        save_receipt(run, call, result=result, state=state, started_at=started_at)


@verb
def _write(run: Run, tool: Tool, context: ToolContext, call: ToolCall) -> bool:
    started_at = timezone.now()
    fence(run)
    try:
        with logged(savepoint=True):
            result, state = tool.call(context, call.arguments), Step.State.DONE
    except ToolError as error:
        result, state = str(error), Step.State.ERROR
    except MCError as error:
        result, state = _explain(error), Step.State.ERROR
    save_receipt(run, call, result=result, state=state, started_at=started_at)
    if state == Step.State.DONE and context.outcome is not None:
        runs.end_run(run, Run.State.SUCCEEDED, outcome=context.outcome)
        return True
    if state == Step.State.DONE and context.wait is not None:
        wait_for, reason = context.wait
        runs.park_run(run, Suspended(wait_for, reason))
        return True
    return False


def _reach_outside(
    run: Run, tool: Tool, context: ToolContext, call: ToolCall, intent: Step | None
) -> bool:
    if intent is not None and not tool.repeatable:
        _ask_what_happened(run, intent)
        return True
    intent = intent or _begin(run, call)
    outcome = _outcome(tool, context, call)
    if outcome is None:
        patiently(_ask_what_happened, run, intent)
        return True
    # What happened outside cannot be had again: better wait for the database than forget it.
    patiently(_finish, run, call, intent, *outcome)
    return False


def _outcome(tool: Tool, context: ToolContext, call: ToolCall) -> tuple[str, Step.State] | None:
    """What a call brought; None when it broke in a way that tells nothing of its effect.

    A repeatable one is made again before that, under the same key.
    """
    for _ in range(TRIES if tool.repeatable else 1):
        try:
            return _call(tool, context, call)
        except Exception:
            log.exception("tool.broke", tool=tool.name, key=context.key)
    return None


@verb
def _begin(run: Run, call: ToolCall) -> Step:
    return save_intent(run, call)


@verb
def _finish(run: Run, call: ToolCall, intent: Step, result: str, state: Step.State) -> None:
    started_at = intent.started_at
    save_receipt(run, call, result=result, state=state, started_at=started_at, intent=intent)


@verb
def _ask_what_happened(run: Run, intent: Step) -> None:
    """Nothing is known beyond the intent: only a person can find out.

    Asking and waiting are one, so that no answer comes before somebody waits for it.
    """
    fence(run)
    question = ask_whether(run, intent).question
    runs.park_run(run, Suspended("approval", question))
