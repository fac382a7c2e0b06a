"""A typed function becomes a tool: its schema, its checks, its words for the model."""

import json
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

import pytest
from pydantic import Field
from typing_extensions import TypedDict

from modules.tools import Registry, Tool, ToolContext, ToolError, registry, tool


class Checked(TypedDict):
    criterion: str
    met: bool
    where: NotRequired[str]


def example(
    ctx: ToolContext,
    title: Annotated[str, "What is to be done, in one line"],
    priority: Literal["low", "high"] = "low",
    hours: Annotated[int | None, Field(ge=1, le=100)] = None,
    weight: float = 1.0,
    labels: list[str] | None = None,
    checked: list[Checked] | None = None,
    schema: dict[str, Any] | None = None,
    task: UUID | None = None,
) -> dict[str, Any]:
    """Make a task
    in the inbox.

    Nothing of this paragraph is told to the model.
    """
    return {"title": title, "priority": priority, "hours": hours, "task": task, "ä": labels}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Tool:
    monkeypatch.setattr(registry, "_tools", {})
    tool(effect="write", name="create_example")(example)
    return registry.get("create_example")


@pytest.fixture
def ctx() -> ToolContext:
    return ToolContext(actor=None, workspace=None, key="k")  # type: ignore[arg-type]


def test_the_signature_becomes_a_plain_schema(made: Tool) -> None:
    schema = made.spec.parameters
    assert schema["required"] == ["title"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["title"] == {
        "type": "string",
        "description": "What is to be done, in one line",
    }
    assert schema["properties"]["priority"] == {
        "type": "string",
        "enum": ["low", "high"],
        "default": "low",
    }
    assert schema["properties"]["hours"] == {"type": "integer", "minimum": 1, "maximum": 100}
    assert schema["properties"]["labels"] == {"type": "array", "items": {"type": "string"}}
    assert schema["properties"]["checked"]["items"]["required"] == ["criterion", "met"]
    assert "$ref" not in json.dumps(schema)
    assert "title" not in schema


def test_the_first_paragraph_is_the_description(made: Tool) -> None:
    assert made.description == "Make a task in the inbox."


def test_a_dict_comes_back_as_json(made: Tool, ctx: ToolContext) -> None:
    task = "01234567-89ab-7def-8123-456789abcdef"
    answer = made.call(ctx, {"title": "Plan", "hours": 3, "task": task, "labels": ["ü"]})
    assert json.loads(answer) == {
        "title": "Plan", "priority": "low", "hours": 3, "task": task, "ä": ["ü"],
    }  # fmt: skip
    assert "ü" in answer


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({}, "“title” is missing"),
        ({"title": "A", "colour": "red"}, "there is no argument “colour” (there are: title, "),
        ({"title": 3}, "“title”: input should be a valid string, not 3"),
        ({"title": "A", "hours": "3"}, "“hours”: input should be a valid integer"),
        ({"title": "A", "hours": 0}, "greater than or equal to 1"),
        ({"title": "A", "priority": "urgent"}, "'low' or 'high'"),
        ({"title": "A", "checked": [{"criterion": "c"}]}, "“checked.0.met” is missing"),
        ({"title": "A", "checked": [{"criterion": "c", "met": True, "x": 1}]}, "no “checked.0.x”"),
        ({"title": "A", "task": "TASK-1"}, "“task”: input should be a valid UUID"),
        (["title"], "takes a JSON object"),
        ("title", "takes a JSON object"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_in_words(
    made: Tool, ctx: ToolContext, arguments: Any, complaint: str
) -> None:
    with pytest.raises(ToolError) as caught:
        made.call(ctx, arguments)
    assert complaint in str(caught.value)


def test_a_name_is_given_once() -> None:
    tools = Registry()
    first = Tool("same", "One.", "read", True, example)
    tools.register(first)
    with pytest.raises(ValueError, match="two tools are called 'same'"):
        tools.register(first)


def test_a_tool_without_words_for_the_model_is_an_error() -> None:
    def silent(ctx: ToolContext) -> str:
        return ""

    with pytest.raises(ValueError, match="no docstring"):
        tool(effect="read")(silent)


def test_a_tool_that_reads_may_be_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_tools", {})

    @tool(effect="read")
    def look(ctx: ToolContext) -> str:
        """Look."""
        return "seen"

    assert registry.get("look").repeatable
    assert look(None) == "seen"  # type: ignore[arg-type]
    assert registry.get("look").parameters["properties"] == {}


def test_every_tool_of_the_house_has_a_schema() -> None:
    for known in registry:
        assert known.spec.description
        assert known.spec.parameters["type"] == "object"
