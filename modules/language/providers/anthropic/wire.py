"""Our words in Anthropic's form."""

from typing import Any

from modules.language.base import Endpoint
from modules.language.streams import wire_arguments
from modules.language.types import Message, Part, Picture, Request, Text, ToolCall

DEFAULT_BASE_URL = "https://api.anthropic.com"


def base_url(endpoint: Endpoint) -> str:
    """The address without `/v1`, which the SDK adds and people often write."""
    return (endpoint.base_url or DEFAULT_BASE_URL).rstrip("/").removesuffix("/v1")


def body(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    """The body of POST v1/messages. Option: `extra_body`, fields that are sent as they are."""
    payload: dict[str, Any] = {
        "model": endpoint.model,
        "max_tokens": request.max_tokens,
        "messages": messages(request),
        "stream": True,
    }
    if request.system:
        payload["system"] = request.system
    if request.tools:
        payload["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}
            for tool in request.tools
        ]
    return payload


def extra_body(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    """Fields that the SDK no longer names. New models refuse a temperature, so None sends none."""
    extra = dict(endpoint.options.get("extra_body") or {})
    if request.temperature is not None:
        extra["temperature"] = request.temperature
    return extra


def messages(request: Request) -> list[dict[str, Any]]:
    """Turns of user and assistant by turns; results of tools are the user's, and come first."""
    turns: list[dict[str, Any]] = []
    for message in request.messages:
        blocks = _blocks(message)
        if not blocks:
            continue
        role = "assistant" if message.role == "assistant" else "user"
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"].extend(blocks)
        else:
            turns.append({"role": role, "content": blocks})
    for turn in turns:
        # The API wants the results right after the calls, before any words; sorting is stable.
        turn["content"].sort(key=lambda block: block["type"] != "tool_result")
    return turns


def _blocks(message: Message) -> list[dict[str, Any]]:
    return [block for part in message.parts if (block := _block(part)) is not None]


def _block(part: Part) -> dict[str, Any] | None:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text} if part.text.strip() else None
    if isinstance(part, Picture):
        source = {"type": "base64", "media_type": part.media_type, "data": part.data}
        return {"type": "image", "source": source}
    if isinstance(part, ToolCall):
        return {
            "type": "tool_use",
            "id": part.id,
            "name": part.name,
            "input": wire_arguments(part),
        }
    return {
        "type": "tool_result",
        "tool_use_id": part.call_id,
        "content": part.content or "(no output)",
        "is_error": part.is_error,
    }
