"""Filling an object of a JSON schema from a text, by the form of what stands in it."""

import re
from typing import Any

from modules.language.providers.simulated.words import key_terms, keywords

FORMS = {
    "email": r"[\w.+-]+@[\w-]+\.[\w.]+\w",
    "date": r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}\.\s?\d{1,2}\.\s?\d{4}\b",
    "url": r"https?://[^\s<>\"')]+",
    "phone": r"\+?\d[\d ()/-]{6,}\d",
}
NAMES = {
    "email": ("mail",),
    "date": ("date", "day", "when", "deadline"),
    "url": ("url", "link", "website", "address"),
    "phone": ("phone", "tel", "mobile"),
}
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_PROPER = re.compile(r"\b[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*")


def filled(schema: dict[str, Any], text: str, name: str) -> Any:
    """A value that fits the schema as far as it says what it is called and of which type."""
    if "enum" in schema:
        low = text.lower()
        return next((one for one in schema["enum"] if str(one).lower() in low), schema["enum"][0])
    kind = schema.get("type")
    if kind == "object":
        wanted = schema.get("properties", {})
        return {key: filled(inner, text, key) for key, inner in wanted.items()}
    if kind == "array":
        return _several(schema, text, name)
    if kind in ("number", "integer"):
        return _number(schema, text, name)
    if kind == "boolean":
        return bool(set(keywords(name.replace("_", " "))) & set(keywords(text)))
    return _words(schema, text, name)


def _several(schema: dict[str, Any], text: str, name: str) -> list[Any]:
    items = schema.get("items", {"type": "string"})
    if items.get("type") == "string" and "enum" not in items:
        found = list(dict.fromkeys(_PROPER.findall(text))) or key_terms(text)
    else:
        found = [filled(items, text, name)]
    least, most = schema.get("minItems", 0), schema.get("maxItems", 5)
    found = found[:most]
    return found + [filled(items, text, name)] * (least - len(found))


def _number(schema: dict[str, Any], text: str, name: str) -> float | int:
    near = _near(text, name)
    found = _NUMBER.search(near) or _NUMBER.search(text)
    value = float(found[0].replace(",", "")) if found else 0.0
    value = max(schema.get("minimum", value), min(schema.get("maximum", value), value))
    return int(value) if schema.get("type") == "integer" or value.is_integer() else value


def _words(schema: dict[str, Any], text: str, name: str) -> str:
    low = name.lower()
    for form, names in NAMES.items():
        if any(word in low for word in names) and (found := re.search(FORMS[form], text)):
            return _cut(found[0], schema)
    if labelled := re.search(rf"(?im)^\W*{re.escape(name.replace('_', ' '))}\s*[:=]\s*(.+)$", text):
        return _cut(labelled[1].strip(), schema)
    if "name" in low and (found := _PROPER.search(text)):
        return _cut(found[0], schema)
    return _cut(" ".join(_near(text, name).split()), schema)


def _near(text: str, name: str) -> str:
    """The sentence that speaks of `name`, else the first."""
    parts = [part for part in re.split(r"(?<=[.!?])\s+|\n+", text) if part.strip()] or [text]
    wanted = set(keywords(name.replace("_", " ")))
    return next((part for part in parts if wanted & set(keywords(part))), parts[0])


def _cut(value: str, schema: dict[str, Any]) -> str:
    return value[: min(schema.get("maxLength", 300), 300)]
