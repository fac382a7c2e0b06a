"""Loops and monologues, found outside the prompt.

An agent that goes in circles does not notice by itself, and every turn costs. The
patterns and their counts are those seen in the field (shared experience of several public
agent projects): four times the same call with the same result, three times the same
failing call, three replies in a row without a tool call, two calls in alternation over
six steps.
"""

import json
from collections.abc import Sequence

from agents.models import Step

SAME_RESULT, SAME_ERROR, MONOLOGUE, ALTERNATION = 4, 3, 3, 6


def circle_in(steps: Sequence[Step]) -> str | None:
    """Why the run is going in circles, in one sentence, or None when it is not."""
    calls = [step for step in steps if step.kind == Step.Kind.TOOL]
    if _repeats([_with_result(step) for step in calls], SAME_RESULT):
        return f"called {calls[-1].name} {SAME_RESULT} times with the same result"
    failed = [_call(step) if step.state == Step.State.ERROR else str(step.pk) for step in calls]
    if _repeats(failed, SAME_ERROR):
        return f"called {calls[-1].name} {SAME_ERROR} times with the same error"
    if _alternates([_with_result(step) for step in calls[-ALTERNATION:]]):
        return f"went back and forth between {calls[-2].name} and {calls[-1].name}"
    if _monologue(steps):
        return f"spoke {MONOLOGUE} times without doing anything"
    return None


def _call(step: Step) -> str:
    return f"{step.name}({json.dumps(step.content, sort_keys=True)})"


def _with_result(step: Step) -> str:
    return f"{_call(step)} -> {step.result}"


def _repeats(marks: Sequence[str], times: int) -> bool:
    return len(marks) >= times and len(set(marks[-times:])) == 1


def _alternates(marks: Sequence[str]) -> bool:
    if len(marks) < ALTERNATION:
        return False
    return len(set(marks[::2])) == 1 and len(set(marks[1::2])) == 1 and marks[0] != marks[1]


def _monologue(steps: Sequence[Step]) -> bool:
    tail = [step for step in steps if step.kind != Step.Kind.NOTE][-MONOLOGUE:]
    return len(tail) == MONOLOGUE and all(step.kind == Step.Kind.MODEL for step in tail)
