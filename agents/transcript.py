"""A run's saved steps, and the conversation that they amount to.

Nothing of a run is kept anywhere else: a worker that takes over a run reads its steps and
goes on from there.
"""

from dataclasses import dataclass

from agents.models import Run, Step
from modules.language.types import Message, ToolCall, ToolResult

# The most that one tool result may add to the conversation (characters).
RESULT_LIMIT = 20_000


@dataclass
class Transcript:
    """The steps of one run in order."""

    run: Run
    steps: list[Step]

    @classmethod
    def load(cls, run: Run) -> "Transcript":
        return cls(run, list(run.steps.order_by("index")))

    @property
    def last_reply(self) -> Step | None:
        """The newest step of the model."""
        return next((step for step in reversed(self.steps) if step.kind == Step.Kind.MODEL), None)

    @property
    def replied_without_calls(self) -> bool:
        """Whether the newest thing in the run is a reply that asks for no tool."""
        newest = self.steps[-1] if self.steps else None
        return (
            newest is not None
            and newest.kind == Step.Kind.MODEL
            and not Message.from_dict(newest.content).tool_calls
        )

    @property
    def final_text(self) -> str:
        """What the newest reply says in words."""
        reply = self.last_reply
        return Message.from_dict(reply.content).text if reply else ""

    def open_calls(self) -> list[ToolCall]:
        """Calls of the newest reply that have no receipt yet."""
        reply = self.last_reply
        if reply is None:
            return []
        answered = {
            step.call_id
            for step in self.steps
            if step.index > reply.index and step.kind == Step.Kind.TOOL and step.state != "intent"
        }
        return [
            call for call in Message.from_dict(reply.content).tool_calls if call.id not in answered
        ]

    def intent_of(self, call: ToolCall) -> Step | None:
        """The step that says this call was begun, if it was and has no receipt."""
        reply = self.last_reply
        for step in self.steps:
            if step.call_id == call.id and reply and step.index > reply.index:
                return step
        return None

    def key_of(self, call: ToolCall) -> str:
        """What names a call of the newest reply for good, however often it is made.

        The reply's place counts: some models begin the ids of their calls anew in each turn.
        """
        reply = self.last_reply
        return f"{self.run.pk}:{reply.index if reply else 0}:{call.id}"

    def messages(self) -> tuple[Message, ...]:
        """The conversation as the model is to see it, from the brief to the newest step.

        Results come right behind the calls they answer, as every provider demands, and
        notes that arrived meanwhile behind them.
        """
        before = self.run.brief.get("history", [])
        messages = [*map(Message.from_dict, before), Message.user(self.run.brief["message"])]
        results: list[ToolResult] = []
        notes: list[str] = []

        def close_turn() -> None:
            if results:
                messages.append(Message("tool", tuple(results)))
            if notes:
                messages.append(Message.user("\n\n".join(notes)))
            results.clear()
            notes.clear()

        for step in self.steps:
            if step.kind == Step.Kind.MODEL:
                close_turn()
                messages.append(Message.from_dict(step.content))
            elif step.kind == Step.Kind.TOOL:
                results.append(_result(step))
            else:
                notes.append(step.content["text"])
        close_turn()
        return tuple(messages)


def _result(step: Step) -> ToolResult:
    text = step.result
    if len(text) > RESULT_LIMIT:
        text = f"{text[:RESULT_LIMIT]}\n… ({len(step.result) - RESULT_LIMIT} characters left out)"
    return ToolResult(step.call_id, step.name, text, is_error=step.state != Step.State.DONE)
