"""Our words in OpenAI's form."""

import json
from typing import Any
from urllib.parse import urlsplit

from modules.language.base import Endpoint
from modules.language.streams import wire_arguments
from modules.language.types import Message, Picture, Request, Text, ToolResult

DEFAULT_BASE_URL = "https://api.openai.com/v1"


def body(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    """The body of POST chat/completions.

    Options: `max_tokens_field` (reasoning models of OpenAI know `max_completion_tokens`
    alone, most other servers `max_tokens` alone), `include_usage` (False for servers that
    refuse `stream_options`), `extra_body` (fields of one server's own).
    """
    options = endpoint.options
    payload: dict[str, Any] = {
        "model": endpoint.model,
        "messages": messages(request),
        "stream": True,
        options.get("max_tokens_field") or _max_tokens_field(endpoint): request.max_tokens,
    }
    if options.get("include_usage", True):
        payload["stream_options"] = {"include_usage": True}
    if request.tools:
        payload["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": tool.parameters,
                },
            }
            for tool in request.tools
        ]
    if request.temperature is not None:
        payload["temperature"] = request.temperature
    return payload


def _max_tokens_field(endpoint: Endpoint) -> str:
    host = urlsplit(endpoint.base_url or DEFAULT_BASE_URL).hostname
    return "max_completion_tokens" if host == "api.openai.com" else "max_tokens"


def messages(request: Request) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if request.system:
        found.append({"role": "system", "content": request.system})
    for message in request.messages:
        if message.role == "assistant":
            found.extend(_assistant(message))
        else:
            found.extend(_other(message))
    return found


def _assistant(message: Message) -> list[dict[str, Any]]:
    wire: dict[str, Any] = {"role": "assistant", "content": message.text or None}
    if message.tool_calls:
        wire["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(wire_arguments(call))},
            }
            for call in message.tool_calls
        ]
    return [wire] if message.text or message.tool_calls else []


def _other(message: Message) -> list[dict[str, Any]]:
    """Results first, one message each: they must follow the calls they answer."""
    results: list[dict[str, Any]] = [
        {
            "role": "tool",
            "tool_call_id": part.call_id,
            # There is no flag for a failed tool, so the words must say it.
            "content": f"Error: {part.content}" if part.is_error else part.content,
        }
        for part in message.parts
        if isinstance(part, ToolResult)
    ]
    words = [part.text for part in message.parts if isinstance(part, Text) and part.text]
    pictures = [_picture(part) for part in message.parts if isinstance(part, Picture)]
    if pictures:
        said = [{"type": "text", "text": "\n\n".join(words)}] if words else []
        results.append({"role": "user", "content": [*pictures, *said]})
    elif words:
        # Plain text where it is enough: not every server takes a list.
        results.append({"role": "user", "content": "\n\n".join(words)})
    return results


def _picture(part: Picture) -> dict[str, Any]:
    url = f"data:{part.media_type};base64,{part.data}"
    return {"type": "image_url", "image_url": {"url": url}}
