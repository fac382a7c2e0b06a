"""A stage for the simulated model: recorded briefs, tools that answer, and what it then does."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from modules.language.providers.simulated.provider import answer
from modules.language.providers.simulated.scene import Answer
from modules.language.types import Message, Request, Text, ToolCall, ToolResult, ToolSpec

Responder = Callable[[dict[str, Any]], Any]


def spec(tool: str, required: Sequence[str] = (), /, **properties: Any) -> ToolSpec:
    plain = {
        name: {"type": kind} if isinstance(kind, str) else kind for name, kind in properties.items()
    }
    schema = {"type": "object", "properties": plain, "required": list(required)}
    return ToolSpec(tool, f"The tool {tool}.", schema)


def array(kind: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": kind}}


TOOLS = {
    tool.name: tool
    for tool in (
        spec("read_document", ["document_id"], document_id="string"),
        spec("read_working_state"),
        spec(
            "write_document",
            ["title", "content"],
            title="string",
            content="string",
            kind={"type": "string", "enum": ["deliverable", "research", "protocol"]},
            document_id="string",
        ),
        spec("update_task", task="string", checklist_done=array("integer")),
        spec(
            "post_message",
            ["body"],
            body="string",
            kind={"type": "string", "enum": ["comment", "status_update", "answer"]},
            task="string",
        ),
        spec("ask", ["question"], question="string"),
        spec(
            "submit_for_review",
            ["summary", "evidence"],
            summary="string",
            evidence=array("string"),
        ),
        spec(
            "review_task",
            ["verdict", "reason"],
            verdict={"type": "string", "enum": ["approve", "send_back"]},
            reason="string",
            checked={
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "criterion": {"type": "string"},
                        "met": {"type": "boolean"},
                        "where": {"type": "string"},
                    },
                },
            },
        ),
        spec("assign_task", ["task"], task="string", assignee="string"),
        spec(
            "create_agent",
            ["name", "role", "capabilities"],
            name="string",
            role="string",
            capabilities=array("string"),
            reason="string",
        ),
        spec(
            "create_task",
            ["title"],
            title="string",
            description="string",
            parent="string",
            depends_on=array("string"),
            criteria=array("string"),
            needs=array("string"),
        ),
        spec("finish", ["summary"], summary="string"),
    )
}

WORK = [
    "read_document",
    "write_document",
    "update_task",
    "post_message",
    "ask",
    "submit_for_review",
]
REVIEW = ["read_document", "post_message", "review_task"]
TRIAGE = ["assign_task", "create_agent", "finish"]
GOAL = ["create_task", "finish"]
MENTION = ["read_document", "post_message", "finish"]


class Refused(Exception):
    """Raised by a responder whose tool says no."""


def document_id(title: str) -> str:
    return str(uuid5(NAMESPACE_URL, title))


@dataclass
class Stage:
    """Plays a run: asks the simulated model, lets its tools answer, until it calls none."""

    brief: str
    tools: Sequence[str]
    replies: dict[str, Responder] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    made: int = 100

    def __post_init__(self) -> None:
        self.messages.append(Message.user(self.brief))

    @property
    def request(self) -> Request:
        specs = tuple(TOOLS[name] for name in self.tools)
        return Request("You are Technical (@technical).", tuple(self.messages), specs)

    def play(self, turns: int = 10) -> "Stage":
        for _ in range(turns):
            said = answer(self.request)
            self.answers.append(said)
            calls = [
                ToolCall(f"c{len(self.answers)}_{n}", planned.name, planned.arguments)
                for n, planned in enumerate(said.calls)
            ]
            self.messages.append(Message("assistant", (Text(said.text), *calls)))
            if not calls:
                return self
            self.messages.append(Message("tool", tuple(self._result(call) for call in calls)))
        return self

    def say(self, words: str) -> "Stage":
        """Somebody says something to the agent meanwhile."""
        self.messages.append(Message.user(words))
        return self

    def _result(self, call: ToolCall) -> ToolResult:
        respond = self.replies.get(call.name) or getattr(self, f"_{call.name}", None)
        try:
            content = respond(call.arguments) if respond else {"ok": True}
        except Refused as refusal:
            return ToolResult(call.id, call.name, str(refusal), is_error=True)
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        return ToolResult(call.id, call.name, text)

    def _write_document(self, arguments: dict[str, Any]) -> Any:
        key = arguments.get("document_id") or document_id(arguments["title"])
        self.documents[key] = arguments["content"]
        return {"document_id": key, "title": arguments["title"], "version": 1}

    def _read_document(self, arguments: dict[str, Any]) -> Any:
        key = arguments["document_id"]
        if key not in self.documents:
            raise Refused(f"There is no document {key}.")
        return {"document_id": key, "title": "Earlier text", "content": self.documents[key]}

    def _create_task(self, arguments: dict[str, Any]) -> Any:
        self.made += 1
        return {"task": f"TASK-{self.made}", "title": arguments["title"]}

    @property
    def calls(self) -> list[tuple[str, dict[str, Any]]]:
        return [(call.name, call.arguments) for said in self.answers for call in said.calls]

    @property
    def called(self) -> list[str]:
        return [name for name, _ in self.calls]

    def arguments(self, name: str) -> dict[str, Any]:
        """The arguments of the last call of a tool."""
        return next(arguments for tool, arguments in reversed(self.calls) if tool == name)
