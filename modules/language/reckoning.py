"""How many tokens a text is likely to be, when nobody counts them for us.

Tokenisers differ and need files from the net; the length of the text is at hand.
"""

import json
import math

from modules.language.types import Message, Part, Picture, Request, Text, ToolCall

LIKELY = 4.0  # characters a token in English prose
CAUTIOUS = 3.0  # characters a token that code and other languages seldom fall below
# What a picture of the largest edge that is sent counts for, in characters: about 1,600 tokens.
PER_PICTURE = 6_400
PER_MESSAGE = 8  # tokens of framing around each message and tool


def likely_tokens(text: str) -> int:
    return math.ceil(len(text) / LIKELY)


def input_tokens(request: Request, *, characters_per_token: float = LIKELY) -> int:
    """Tokens of everything sent: system, messages, tools; rounded up."""
    characters = len(request.system)
    characters += sum(_length(part) for message in request.messages for part in message.parts)
    for tool in request.tools:
        characters += len(tool.name) + len(tool.description) + len(json.dumps(tool.parameters))
    frames = PER_MESSAGE * (1 + len(request.messages) + len(request.tools))
    return math.ceil(characters / characters_per_token) + frames


def output_tokens(message: Message) -> int:
    """Likely tokens of what a model wrote."""
    return math.ceil(sum(_length(part) for part in message.parts) / LIKELY)


def _length(part: Part) -> int:
    if isinstance(part, Text):
        return len(part.text)
    if isinstance(part, ToolCall):
        return len(part.name) + len(part.invalid or json.dumps(part.arguments))
    if isinstance(part, Picture):
        return PER_PICTURE
    return len(part.content)
