"""The words in which the house and a language model speak with one another.

Small frozen dataclasses that know nothing of any provider. Whatever is stored or sent
crosses the border as a plain dict: `to_dict` and `from_dict` are each other's inverse.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Role: TypeAlias = Literal["user", "assistant", "tool"]
Stop: TypeAlias = Literal["end", "tool_calls", "max_tokens", "refusal"]


@dataclass(frozen=True, slots=True)
class Text:
    """Words, by whichever side."""

    text: str

    def to_dict(self) -> dict[str, Any]:
        return {"type": "text", "text": self.text}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Text":
        return cls(text=data["text"])


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asks for a tool. `invalid` holds the raw text when it was not a JSON object."""

    id: str
    name: str
    arguments: dict[str, Any]
    invalid: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "type": "tool_call",
            "id": self.id,
            "name": self.name,
            "arguments": self.arguments,
            "invalid": self.invalid,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "ToolCall":
        return cls(data["id"], data["name"], data["arguments"], data.get("invalid"))


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answered, or, with `is_error`, why it did not."""

    call_id: str
    name: str
    content: str
    is_error: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {
            "type": "tool_result",
            "call_id": self.call_id,
            "name": self.name,
            "content": self.content,
            "is_error": self.is_error,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "ToolResult":
        return cls(data["call_id"], data["name"], data["content"], data.get("is_error", False))


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to look at: its type, and its bytes in base64."""

    media_type: str
    data: str

    def to_dict(self) -> dict[str, Any]:
        return {"type": "picture", "media_type": self.media_type, "data": self.data}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Picture":
        return cls(data["media_type"], data["data"])


Part: TypeAlias = Text | ToolCall | ToolResult | Picture

_PARTS: dict[str, type[Text] | type[ToolCall] | type[ToolResult] | type[Picture]] = {
    "text": Text,
    "picture": Picture,
    "tool_call": ToolCall,
    "tool_result": ToolResult,
}


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of one side. Results of tools come in a message of the role `tool`."""

    role: Role
    parts: tuple[Part, ...]

    @classmethod
    def user(cls, text: str) -> "Message":
        return cls("user", (Text(text),))

    @classmethod
    def assistant(cls, text: str) -> "Message":
        return cls("assistant", (Text(text),))

    @property
    def text(self) -> str:
        return "\n\n".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        return tuple(part for part in self.parts if isinstance(part, ToolCall))

    @property
    def tool_results(self) -> tuple[ToolResult, ...]:
        return tuple(part for part in self.parts if isinstance(part, ToolResult))

    def to_dict(self) -> dict[str, Any]:
        return {"role": self.role, "parts": [part.to_dict() for part in self.parts]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Message":
        parts = tuple(_PARTS[part["type"]].from_dict(part) for part in data["parts"])
        return cls(data["role"], parts)


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model sees it; `parameters` is a JSON schema of an object."""

    name: str
    description: str
    parameters: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "description": self.description,
            "parameters": self.parameters,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "ToolSpec":
        return cls(data["name"], data["description"], data["parameters"])


@dataclass(frozen=True, slots=True)
class Request:
    """Everything a model is asked at once. `metadata` (run, agent) stays in the house."""

    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    max_tokens: int = 4096
    temperature: float | None = None
    metadata: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {
            "system": self.system,
            "messages": [message.to_dict() for message in self.messages],
            "tools": [tool.to_dict() for tool in self.tools],
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "metadata": self.metadata,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Request":
        return cls(
            system=data["system"],
            messages=tuple(Message.from_dict(message) for message in data["messages"]),
            tools=tuple(ToolSpec.from_dict(tool) for tool in data.get("tools", ())),
            max_tokens=data.get("max_tokens", 4096),
            temperature=data.get("temperature"),
            metadata=data.get("metadata", {}),
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. `input_tokens` counts the cached ones too.

    `estimated` says that the server named no figures and these were reckoned from lengths.
    """

    input_tokens: int
    output_tokens: int
    cached_input_tokens: int = 0
    estimated: bool = False

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_input_tokens + other.cached_input_tokens,
            self.estimated or other.estimated,
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cached_input_tokens": self.cached_input_tokens,
            "estimated": self.estimated,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Usage":
        return cls(
            data["input_tokens"],
            data["output_tokens"],
            data.get("cached_input_tokens", 0),
            data.get("estimated", False),
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, with its finish marker seen: never a half stream."""

    message: Message
    stop: Stop
    usage: Usage
    model: str

    @property
    def text(self) -> str:
        return self.message.text

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        return self.message.tool_calls

    def to_dict(self) -> dict[str, Any]:
        return {
            "message": self.message.to_dict(),
            "stop": self.stop,
            "usage": self.usage.to_dict(),
            "model": self.model,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Reply":
        return cls(
            Message.from_dict(data["message"]),
            data["stop"],
            Usage.from_dict(data["usage"]),
            data["model"],
        )


@dataclass(frozen=True, slots=True)
class TextDelta:
    """Some more of the text."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallStarted:
    """A tool call has begun; its arguments are still coming."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of a stream that went well."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Restarted:
    """What was streamed so far is void: the stream broke and is asked for again."""


Event: TypeAlias = TextDelta | ToolCallStarted | Finished | Restarted
