"""What the simulated model sees: the brief, the tools on offer, what has happened so far."""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from modules.language.providers.simulated.toolbox import Planned, Toolbox
from modules.language.types import Request, ToolCall, ToolResult

UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I)
TASK = re.compile(r"\b[A-Z][A-Z0-9]*-\d+\b")
_HEAD = re.compile(
    r"^#\s+(Task|Review of|Goal|Mention in|Triage)\b[ ]*([A-Z][A-Z0-9]*-\d+)?[ ]*:?[ ]*(.*)$"
)
_SECTION = re.compile(r"^##\s+(.+?)\s*#*$")
_DOCUMENT = re.compile(rf"document\s+`?({UUID.pattern[2:-2]})`?(?:\s*[:—-]\s*(.+))?", re.I)
_ITEM = re.compile(r"^\s*(?:[-*+]\s+\[[ xX]\]|\d+[.)]|[-*+])\s+(.+)$")

# A description may have headings of its own; only these begin a section of the brief.
_SECTIONS = frozenset(
    {
        "description", "acceptance criteria", "checklist", "thread", "sent back", "dependencies",
        "documents", "evidence", "inbox", "agents", "message", "subtasks", "limits", "notes",
        "answers", "summary", "what to do",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Brief:
    """The first message, read: what kind of work it is, and its sections."""

    kind: str
    number: str
    title: str
    opening: str
    sections: dict[str, str]

    @classmethod
    def parse(cls, text: str) -> "Brief":
        kind = number = title = ""
        opening: list[str] = []
        sections: dict[str, list[str]] = {}
        lines, fenced = opening, False
        for line in text.splitlines():
            fenced ^= line.lstrip().startswith("```")
            head = _HEAD.match(line) if not (kind or fenced) else None
            section = _SECTION.match(line) if not fenced else None
            if head:
                kind, number, title = head[1].lower(), head[2] or "", head[3].strip()
            elif section and section[1].lower() in _SECTIONS:
                lines = sections[section[1].lower()] = []
            else:
                lines.append(line)
        return cls(
            kind,
            number,
            title,
            "\n".join(opening).strip(),
            {name: "\n".join(found).strip() for name, found in sections.items()},
        )

    def section(self, name: str) -> str:
        return self.sections.get(name, "")

    def items(self, name: str) -> list[str]:
        """The list of a section; lines that are no list items belong to the one before."""
        found: list[str] = []
        for line in self.section(name).splitlines():
            if match := _ITEM.match(line):
                found.append(match[1].strip())
            elif found and line.strip():
                found[-1] += " " + line.strip()
        return [item for item in found if item.strip(" -–—").lower() not in ("", "none", "none.")]

    @property
    def criteria(self) -> list[str]:
        return self.items("acceptance criteria")

    @property
    def checklist(self) -> list[str]:
        return self.items("checklist")

    @property
    def requirements(self) -> list[str]:
        """What a review goes by: the criteria, or the checklist where there are none."""
        return self.criteria or self.checklist

    @property
    def rest(self) -> str:
        """What the house adds about how to go about it."""
        return "\n".join([self.opening, self.section("limits"), self.section("what to do")])

    def documents(self, *names: str) -> list[tuple[str, str]]:
        """(id, title) of the documents that these sections name, each once."""
        text = "\n".join(self.section(name) for name in names)
        found = {match[1].lower(): (match[2] or "").strip() for match in _DOCUMENT.finditer(text)}
        return list(found.items())


@dataclass(frozen=True)
class Exchange:
    """A tool call and what came of it."""

    call: ToolCall
    result: ToolResult
    turn: int

    @property
    def failed(self) -> bool:
        return self.result.is_error

    @cached_property
    def data(self) -> dict[str, Any]:
        """The result as an object, empty when it is none."""
        try:
            found = json.loads(self.result.content)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def subject(self) -> tuple[str, str]:
        """What the call was about, whichever way it was put."""
        arguments = self.call.arguments
        for name in ("task", "task_id", "document_id", "document", "title", "name", "handle"):
            if arguments.get(name):
                return self.call.name, str(arguments[name])
        return self.call.name, ""

    @property
    def text(self) -> str:
        """The text of a document that was read, as far as it can be made out."""
        for holder in (self.data, *(v for v in self.data.values() if isinstance(v, dict))):
            for name in ("content", "body", "markdown", "text"):
                if isinstance(holder.get(name), str):
                    return str(holder[name])
        return _rescued(self.result.content)

    @property
    def whole(self) -> bool:
        """Whether the result came uncut, so that its text may be written back."""
        return bool(self.data)

    def find_id(self) -> str:
        """The id of what the call made or changed."""
        for holder in (self.data, *(v for v in self.data.values() if isinstance(v, dict))):
            for name in ("id", "document_id", "document", "task_id"):
                if isinstance(holder.get(name), str) and UUID.fullmatch(holder[name]):
                    return str(holder[name])
        match = UUID.search(self.result.content)
        return match.group() if match else ""

    def find_task(self) -> str:
        """What a later call may name the task by: its number, else its id."""
        for name in ("number", "ref", "task", "key"):
            value = self.data.get(name)
            if isinstance(value, str) and TASK.fullmatch(value):
                return value
        match = TASK.search(self.result.content)
        return match.group() if match else self.find_id()


def _rescued(content: str) -> str:
    """The text inside a JSON result that was cut off for its length; else the result itself."""
    match = re.search(r"\"(?:content|body|markdown|text)\":\s*\"", content)
    if not match:
        return content
    raw = content[match.end() :].rsplit("\n…", 1)[0]
    for end in (len(raw), raw.rfind("\\"), raw.rfind('"')):
        try:
            return str(json.loads(f'"{raw[:end]}"'))
        except ValueError:
            continue
    return raw


@dataclass(frozen=True)
class Answer:
    """What the model says and does in one turn."""

    text: str
    calls: tuple[Planned, ...] = field(default=())


class Scene:
    """A request, read."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.tools = Toolbox(request.tools)
        first = request.messages[0].text if request.messages else ""
        self.brief = Brief.parse(first)
        self.exchanges: list[Exchange] = []
        # What was said to the model after its brief.
        self.notes: list[str] = []
        calls: dict[str, ToolCall] = {}
        turn = 0
        for message in request.messages:
            if message.role == "assistant":
                turn += 1
                calls.update({call.id: call for call in message.tool_calls})
            for result in message.tool_results:
                if result.call_id in calls:
                    self.exchanges.append(Exchange(calls[result.call_id], result, turn))
            if message.role == "user" and message is not request.messages[0]:
                self.notes.append(message.text)
        self.turn = turn

    def done(self, name: str) -> list[Exchange]:
        """Calls of this tool that went well."""
        return [one for one in self.exchanges if one.call.name == name and not one.failed]

    def failures(self, subject: tuple[str, str]) -> int:
        """How often a call about the same thing has failed."""
        return sum(one.failed for one in self.exchanges if one.subject == subject)

    def given_up(self, name: str) -> Exchange | None:
        """The last failure of a tool that never went well.

        By the time anybody asks, a second try has been made where there was another way.
        """
        tried = [one for one in self.exchanges if one.call.name == name]
        return tried[-1] if tried and all(one.failed for one in tried) else None

    def can(self, name: str) -> bool:
        """Whether a tool is on offer and not yet given up."""
        return name in self.tools and not self.given_up(name)

    def is_open(self, name: str) -> bool:
        """Whether a tool can still be used and has not done its part."""
        return self.can(name) and not self.done(name)

    def fresh_failures(self) -> list[Exchange]:
        """Calls of the last turn that failed for the first time."""
        return [
            one
            for one in self.exchanges
            if one.turn == self.turn and one.failed and self.failures(one.subject) == 1
        ]
