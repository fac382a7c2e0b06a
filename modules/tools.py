"""The third door: what agents can do.

A tool is a typed function. Its signature becomes the JSON schema that the model sees and by
which its arguments are checked, the first paragraph of its docstring the description:

    @tool(effect="write")
    def create_task(ctx: ToolContext, title: Annotated[str, "One line"], priority:
                    Literal["low", "high"] = "low") -> dict[str, Any]:
        '''Make a task in the inbox.'''

Each app's `tools.py` is imported when the house opens.
"""

import inspect
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from accounts.models import Actor, Workspace
from modules.language.types import ToolSpec

if TYPE_CHECKING:
    from modules.arguments import Arguments

Effect: TypeAlias = Literal["read", "write", "outside"]
F = TypeVar("F", bound=Callable[..., str | dict[str, Any]])


class ToolError(Exception):
    """A refusal that the model is meant to read, and to act on."""


@dataclass
class ToolContext:
    """Who calls, and on what occasion.

    `key` names the call for good: a repeated call with the same key must not have a second
    effect. A tool may set `outcome` to bring the run to its end, or `wait` (what for, why in
    words) to let it rest until somebody answers.
    """

    actor: Actor
    workspace: Workspace
    run: Any = None
    task: Any = None
    agent: Any = None
    key: str = ""
    outcome: dict[str, Any] | None = None
    wait: tuple[str, str] | None = None


@dataclass(frozen=True)
class Tool:
    """A function that a model may call.

    `effect` says whether it reads, writes to our database, or reaches outside; `repeatable`
    whether a call whose outcome nobody knows may simply be made again.
    """

    name: str
    description: str
    effect: Effect
    repeatable: bool
    function: Callable[..., str | dict[str, Any]]

    @cached_property
    def _arguments(self) -> "Arguments":
        # Imported here: pydantic weighs 20 MB, and an idle house calls no tool.
        from modules.arguments import Arguments

        return Arguments(self.name, self.function)

    @property
    def parameters(self) -> dict[str, Any]:
        """The JSON schema of the arguments: an object without references."""
        return self._arguments.schema

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(self.name, self.description, self.parameters)

    def call(self, ctx: ToolContext, arguments: Any) -> str:
        """Check the arguments strictly and call. A dict comes back as JSON.

        Raises ToolError in words for the model when the arguments do not fit, and whatever
        the function raises.
        """
        result = self.function(ctx, **self._arguments.check(arguments))
        if isinstance(result, str):
            return result
        return json.dumps(result, ensure_ascii=False, default=str)


class Registry:
    """Every tool of the house by its name."""

    def __init__(self) -> None:
        self._tools: dict[str, Tool] = {}

    def register(self, tool: Tool) -> None:
        """Raises ValueError when the name is taken."""
        if tool.name in self._tools:
            other = self._tools[tool.name].function.__module__
            raise ValueError(f"two tools are called {tool.name!r}, one of them in {other}")
        self._tools[tool.name] = tool

    def get(self, name: str) -> Tool:
        """The tool called `name`. Raises KeyError."""
        return self._tools[name]

    def __contains__(self, name: object) -> bool:
        return name in self._tools

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())


registry = Registry()


def tool(*, effect: Effect, name: str | None = None, repeatable: bool = False) -> Callable[[F], F]:
    """Register a function as a tool; the function itself stays what it is.

    Its first parameter takes the ToolContext, the others are the model's.
    """

    def register(function: F) -> F:
        registry.register(
            Tool(
                name=name or function.__name__,
                description=_first_paragraph(function),
                effect=effect,
                repeatable=repeatable or effect == "read",
                function=function,
            )
        )
        return function

    return register


def _first_paragraph(function: Callable[..., Any]) -> str:
    text = inspect.getdoc(function) or ""
    if not text:
        raise ValueError(f"the tool {function.__name__} has no docstring to tell the model")
    return " ".join(text.split("\n\n", 1)[0].split())
