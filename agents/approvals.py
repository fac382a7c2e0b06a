"""Questions that only a person can answer before a run may go on, or be forgotten."""

from activity.log import record
from agents.models import Approval, Run, Step
from agents.privacy import helpers, marked
from modules.tools import registry


def ask_whether(run: Run, intent: Step) -> Approval:
    """Ask people whether a call without a receipt took effect. Asked once, however often called.

    To be called within a verb.
    """
    question = f"Did “{intent.name}” take effect? It broke off in the middle."
    approval, asked = Approval.objects.get_or_create(
        step=intent,
        defaults={"run": run, "kind": Approval.Kind.UNKNOWN, "question": question},
    )
    if asked:
        record(
            actor=run.agent.actor,
            verb="approval.asked",
            message=question,
            agent=run.agent,
            task=run.task,
            run=run,
            data=marked(run, {}),
            notify={"approval": helpers(run)},
        )
    return approval


def ask_about_unknown(run: Run) -> None:
    """Put what an ended run leaves behind unknown in front of a person.

    A run that is stopped, or put in quarantine, in the middle of a call that reaches outside
    will never get to ask by itself.
    """
    for intent in run.steps.filter(kind=Step.Kind.TOOL, state=Step.State.INTENT):
        if intent.name not in registry or not registry.get(intent.name).repeatable:
            ask_whether(run, intent)
