"""The tools on offer, used the way their schemas want it.

A real model reads the schema and calls accordingly; so does this one: it knows what it wants
to say and looks up what the parameter is called and which form it takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from modules.language.types import ToolSpec

# What is meant → the names that a parameter for it may have, most fitting first.
_NAMES: dict[str, tuple[str, ...]] = {
    "task": ("task", "task_id", "task_number", "ref"),
    "document": ("document_id", "document", "id"),
    "content": ("content", "body", "markdown", "text"),
    "body": ("body", "content", "text", "message"),
    "title": ("title", "name"),
    "name": ("name", "title"),
    "question": ("question", "body", "text", "message"),
    "summary": ("summary", "result", "text", "message", "body"),
    "evidence": ("evidence", "documents", "document_ids"),
    "parent": ("parent", "parent_task", "parent_id", "goal"),
    "depends_on": ("depends_on", "dependencies", "after"),
    "criteria": ("criteria", "acceptance_criteria"),
    "checklist": ("checklist", "checklist_done", "done_items", "done"),
    "needs": ("needs", "capabilities", "required_capabilities"),
    "assignee": ("assignee", "agent", "handle", "assignees"),
    "key": ("key", "client_key", "local_id"),
    "hours": ("hours", "estimate_hours", "estimate", "hours_max"),
}


@dataclass(frozen=True)
class Planned:
    """A call that is about to be made."""

    name: str
    arguments: dict[str, Any]


class Toolbox:
    """What can be called, and how."""

    def __init__(self, specs: Sequence[ToolSpec]) -> None:
        self._schemas = {spec.name: spec.parameters for spec in specs}

    def __contains__(self, name: str) -> bool:
        return name in self._schemas

    def __bool__(self) -> bool:
        return bool(self._schemas)

    def properties(self, tool: str) -> dict[str, Any]:
        found: dict[str, Any] = self._schemas.get(tool, {}).get("properties", {})
        return found

    def required(self, tool: str) -> list[str]:
        return list(self._schemas.get(tool, {}).get("required", ()))

    def parameter(self, tool: str, meaning: str) -> str | None:
        """What the parameter for `meaning` is called, if there is one."""
        properties = self.properties(tool)
        return next((n for n in _NAMES.get(meaning, (meaning,)) if n in properties), None)

    def plan(self, tool: str, **meanings: Any) -> Planned:
        """A call that says as much of `meanings` as the tool takes."""
        arguments: dict[str, Any] = {}
        for meaning, value in meanings.items():
            name = self.parameter(tool, meaning)
            if name is None or name in arguments or value in (None, "", []):
                continue
            fitted = _fit(value, self.properties(tool)[name])
            if fitted is not None:
                arguments[name] = fitted
        return Planned(tool, arguments)

    def plain(self, planned: Planned) -> Planned:
        """The same call with nothing but what the tool insists on."""
        required = self.required(planned.name)
        kept = {name: planned.arguments[name] for name in required if name in planned.arguments}
        return Planned(planned.name, kept)


def _fit(value: Any, schema: dict[str, Any]) -> Any:
    """`value` in the form the schema wants; None when it cannot be said that way."""
    if "enum" in schema:
        return _choose(str(value), schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        items = schema.get("items", {})
        values = value if isinstance(value, list) else [value]
        fitted = [_fit_item(one, index, items) for index, one in enumerate(values, 1)]
        return [one for one in fitted if one is not None] or None
    if kind == "string":
        return "\n".join(str(one) for one in value) if isinstance(value, list) else str(value)
    if kind in ("integer", "number"):
        return value if isinstance(value, int | float) else None
    if kind == "object" and not isinstance(value, dict):
        return None
    return value


def _fit_item(value: Any, index: int, schema: dict[str, Any]) -> Any:
    """One member of a list: a text, its number, or an object that holds either."""
    kind = schema.get("type")
    if kind == "integer":
        return index
    if kind == "object":
        wanted = value if isinstance(value, dict) else {"text": value, "done": True}
        return _object(wanted, index, schema.get("properties", {}))
    if isinstance(value, dict):
        return next(iter(value.values()), None)
    return _fit(value, schema) if kind else value


# Members of an object that mean the same.
_MEMBERS = (
    {"text", "item", "title", "label", "criterion", "name"},
    {"done", "checked", "ticked", "met", "passed", "ok"},
    {"where", "evidence", "note", "comment"},
    {"number", "index", "position"},
)


def _object(value: dict[str, Any], index: int, properties: dict[str, Any]) -> dict[str, Any]:
    if not properties:
        return value
    known = {**value, "number": index}
    found: dict[str, Any] = {}
    for name, schema in properties.items():
        alike = next((group for group in _MEMBERS if name in group), {name})
        given = next((known[other] for other in (name, *sorted(alike)) if other in known), None)
        if schema.get("type") == "integer":
            given = index if not isinstance(given, int) or isinstance(given, bool) else given
        if given is not None:
            found[name] = given
    return found


def _choose(value: str, options: list[Any]) -> Any:
    """The option that is meant: the same word, or one that begins alike."""
    if value in options:
        return value
    alike = [option for option in options if str(option)[:4].lower() == value[:4].lower()]
    return alike[0] if alike else None
