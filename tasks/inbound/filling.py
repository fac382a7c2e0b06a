"""Templates of tasks: text with places such as {{ issue.title }}.

A place takes a value out of what was received, by keys and by numbers for lists, and that is
all it can do: there is no code in a template, and what is filled in is not looked at again.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from pydantic_core import from_json, to_json

from core.errors import Invalid

# The longest value that is filled into one place, in characters.
MAX_VALUE = 10_000
MAX_FIELDS = 1_000
_PLACE = re.compile(r"\{\{\s*([^{}\s]{1,200})\s*\}\}")


def read(body: bytes, content_type: str) -> dict[str, Any]:
    """What was received, as named values. Raises Invalid for what is not what it says it is.

    JSON as it stands (a list under `items`), a form by its fields, everything else under
    `text`.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        try:
            value = from_json(body, allow_inf_nan=False)
        except ValueError:
            raise Invalid("The body says that it is JSON and is none.", code="malformed") from None
        if isinstance(value, dict):
            return value
        return {"items": value} if isinstance(value, list) else {"text": _said(value)}
    text = body.decode("utf-8", "replace")
    if kind == "application/x-www-form-urlencoded":
        try:
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
        except ValueError:
            raise Invalid("The form has too many fields.", code="malformed") from None
    if kind.startswith("multipart/"):
        raise Invalid("Send JSON, a plain form or text.", code="unsupported_media_type")
    return {"text": text}


def fill(template: str, values: Mapping[str, Any]) -> str:
    """The template with its places filled; a place without a value is left out."""
    return _PLACE.sub(lambda found: _said(_look_up(values, found[1])), template)


def _look_up(values: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(values, Mapping):
            values = values.get(step)
        elif isinstance(values, list) and step.isascii() and step.isdigit() and len(step) < 6:
            values = values[int(step)] if int(step) < len(values) else None
        else:
            return None
    return values


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else to_json(value).decode()
    return text.replace("\x00", "")[:MAX_VALUE]
