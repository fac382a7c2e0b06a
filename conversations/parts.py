"""A run's steps as a reader sees them: words and tool calls, in their order."""

from collections.abc import Iterable
from typing import Any

from agents.models import Step
from modules.language.types import Message, Text, ToolCall

# Of a result so much is kept with the turn; the run has the whole.
LONGEST_RESULT = 2_000


def parts_of(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """The words and calls of these steps. A call without a receipt yet has the state intent."""
    parts: list[dict[str, Any]] = []
    calls: dict[str, dict[str, Any]] = {}
    for step in steps:
        if step.kind == Step.Kind.MODEL:
            calls = {}
            for part in Message.from_dict(step.content).parts:
                if isinstance(part, Text):
                    if part.text.strip():
                        parts.append({"kind": "text", "text": part.text})
                elif isinstance(part, ToolCall):
                    call = {
                        "kind": "call",
                        "name": part.name,
                        "arguments": part.arguments,
                        "state": str(Step.State.INTENT),
                        "result": "",
                    }
                    calls[part.id] = call
                    parts.append(call)
        elif step.kind == Step.Kind.TOOL and step.call_id in calls:
            calls[step.call_id]["state"] = str(step.state)
            calls[step.call_id]["result"] = step.result[:LONGEST_RESULT]
    return parts


def words_of(parts: Iterable[dict[str, Any]]) -> str:
    """What was said, without the calls."""
    return "\n\n".join(part["text"] for part in parts if part["kind"] == "text")
