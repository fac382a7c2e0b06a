"""What modules can do, each thing described once for all doors.

A module is a folder here with an `operations.py`. An operation is a typed function in it:

    @operation("language.summarise", title="Summarise", icon="list", kind="language")
    def summarise(job: JobContext, text: Annotated[str, "What to shorten", LONG] = "",
                  length: Literal["short", "long"] = "short") -> dict[str, Any]:
        '''Shorten a text to what matters.'''

Its first parameter takes the job; the others become the form on the screen, the JSON schema
of the API, the arguments of the command and, with `tool`, the schema that agents see. What it
returns is the result of the job.
"""

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from core.errors import Invalid, NotFound
from modules.models import AIModel
from modules.tools import Effect, ToolError

if TYPE_CHECKING:
    from modules.arguments import Arguments

F = TypeVar("F", bound=Callable[..., dict[str, Any]])
# What a job may cost at most, in microdollars, by its model and its checked input.
Estimate: TypeAlias = Callable[[AIModel, dict[str, Any]], int]


@dataclass(frozen=True)
class Shown:
    """How a field is shown and what it refers to; stands among the words of `Annotated`."""

    extra: dict[str, Any] = field(default_factory=dict)

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        found: dict[str, Any] = handler(core)
        return {**found, **self.extra}

    def __hash__(self) -> int:
        return id(self)


# A text of several lines.
LONG = Shown({"x-widget": "long"})
# The id of an asset of that kind in the same workspace; checked before the job is made.
IMAGE = Shown({"x-asset": "image"})
AUDIO = Shown({"x-asset": "audio"})
FILE = Shown({"x-asset": "any"})


@dataclass(frozen=True)
class Operation:
    """One thing that a module does.

    `kind` is the kind of model that it needs, if any. `estimate` is an upper bound of its
    price. `tool` is the name under which agents have it, `effect` what such a call does.
    """

    name: str
    title: str
    icon: str
    function: Callable[..., dict[str, Any]]
    kind: str | None = None
    estimate: Estimate | None = None
    tool: str = ""
    effect: Effect = "outside"

    @property
    def module(self) -> str:
        """The folder that it is in."""
        return self.name.partition(".")[0]

    @cached_property
    def description(self) -> str:
        words = inspect.getdoc(self.function) or ""
        return " ".join(words.split("\n\n")[0].split())

    @cached_property
    def _arguments(self) -> "Arguments":
        # Imported here: pydantic weighs 20 MB, and an idle house checks no input.
        from modules.arguments import Arguments

        return Arguments(self.name, self.function)

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of the input: an object without references."""
        return self._arguments.schema

    def check(self, given: Any) -> dict[str, Any]:
        """The input as the function takes it. Raises Invalid in words."""
        try:
            return self._arguments.check(given)
        except ToolError as error:
            raise Invalid(str(error), code="invalid_input", field="input") from None

    def price(self, model: AIModel | None, given: Any) -> int:
        """What it may cost at most, in microdollars. Raises Invalid for input that is none."""
        checked = self.check(given)
        return self.estimate(model, checked) if self.estimate and model is not None else 0


class Registry:
    """Every operation by its name."""

    def __init__(self) -> None:
        self._operations: dict[str, Operation] = {}

    def register(self, one: Operation) -> None:
        """Raises ValueError when the name is taken."""
        if one.name in self._operations:
            raise ValueError(f"two operations are called {one.name!r}")
        self._operations[one.name] = one

    def find(self, name: str) -> Operation | None:
        return self._operations.get(name)

    def title_of(self, name: str) -> str:
        """How people call the operation; its bare name when its module is gone."""
        found = self._operations.get(name)
        return found.title if found else name

    def get(self, name: str) -> Operation:
        """The operation called `name`. Raises NotFound that says which there are."""
        found = self._operations.get(name)
        if found is None:
            known = ", ".join(sorted(self._operations))
            raise NotFound(
                f"There is no operation “{name}”. There are: {known}.", field="operation"
            )
        return found

    def __iter__(self) -> Iterator[Operation]:
        return iter(sorted(self._operations.values(), key=lambda one: one.name))


registry = Registry()


def operation(
    name: str,
    *,
    title: str,
    icon: str,
    kind: str | None = None,
    estimate: Estimate | None = None,
    tool: str = "",
    effect: Effect = "outside",
) -> Callable[[F], F]:
    """Register a function as an operation; the function itself stays what it is."""

    def register(function: F) -> F:
        registry.register(Operation(name, title, icon, function, kind, estimate, tool, effect))
        return function

    return register


def autodiscover() -> None:
    """Import the `operations.py` of every folder of this room: that is all a module needs."""
    import modules

    for found in pkgutil.iter_modules(modules.__path__):
        name = f"modules.{found.name}.operations"
        if found.ispkg and found.name != "migrations" and find_spec(name) is not None:
            import_module(name)
