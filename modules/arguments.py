"""From a function's signature to a JSON schema, and from a model's arguments to a call."""

import inspect
import json
from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, Field, ValidationError, create_model
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from modules.tools import ToolError

# Fields are renamed inside pydantic, where names like `schema` and `copy` are its own.
_PREFIX = "argument_"


class Arguments:
    """The parameters of a tool after its first one, which takes the context."""

    def __init__(self, tool: str, function: Callable[..., Any]) -> None:
        self._tool = tool
        hints = get_type_hints(function, include_extras=True)
        parameters = list(inspect.signature(function).parameters.values())[1:]
        self._names = [parameter.name for parameter in parameters]
        fields: dict[str, Any] = {
            _PREFIX + parameter.name: (hints[parameter.name], _field(parameter, hints))
            for parameter in parameters
        }
        config = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=False)
        self._model = create_model(f"{tool}_arguments", __config__=config, **fields)
        self.schema = _simplified(self._model.model_json_schema(by_alias=True))

    def check(self, arguments: Any) -> dict[str, Any]:
        """The arguments to call the function with; those not given keep its defaults.

        Read as JSON, so that a UUID or a date may come as a string but a number may not.
        """
        if not isinstance(arguments, dict):
            raise ToolError(f"{self._tool} takes a JSON object of arguments.")
        try:
            checked = self._model.model_validate_json(json.dumps(arguments))
        except ValidationError as error:
            complaints = "; ".join(self._complaint(detail) for detail in error.errors())
            raise ToolError(f"{self._tool} was not called: {complaints}.") from None
        return {
            name.removeprefix(_PREFIX): getattr(checked, name) for name in checked.model_fields_set
        }

    def _complaint(self, detail: ErrorDetails) -> str:
        where = ".".join(str(part) for part in detail["loc"])
        if detail["type"] == "missing":
            return f"“{where}” is missing"
        if detail["type"] == "extra_forbidden":
            if len(detail["loc"]) > 1:
                return f"there is no “{where}”"
            known = ", ".join(self._names) or "none"
            return f"there is no argument “{where}” (there are: {known})"
        said = detail["msg"][:1].lower() + detail["msg"][1:]
        given = json.dumps(detail["input"], default=str)
        return f"“{where}”: {said}, not {given[:80]}"


def _field(parameter: inspect.Parameter, hints: dict[str, Any]) -> FieldInfo:
    """The default, and the words of `Annotated[str, "words"]` as the description."""
    hint, words = hints[parameter.name], None
    if get_origin(hint) is Annotated:
        words = next((extra for extra in get_args(hint)[1:] if isinstance(extra, str)), None)
    default = ... if parameter.default is inspect.Parameter.empty else parameter.default
    field: FieldInfo = Field(default, alias=parameter.name, description=words)
    return field


def _simplified(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema as plain as it can be: some servers know neither references nor unions.

    Titles go (they repeat the names), definitions are put where they are used, and what may
    be null is simply optional. Raises ValueError for a type that refers to itself.
    """
    definitions = schema.pop("$defs", {})

    def plain(node: Any, inside: tuple[str, ...] = ()) -> Any:
        if isinstance(node, list):
            return [plain(item, inside) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            name = node["$ref"].rsplit("/", 1)[1]
            if name in inside:
                raise ValueError(f"the type {name} refers to itself")
            rest = {key: value for key, value in node.items() if key != "$ref"}
            return plain({**definitions[name], **rest}, (*inside, name))
        node = dict(node)
        choices = [one for one in node.get("anyOf", ()) if one != {"type": "null"}]
        if "anyOf" in node and len(choices) == 1:
            del node["anyOf"]
            return plain({**choices[0], **node}, inside)
        found: dict[str, Any] = {}
        for key, value in node.items():
            if key == "properties":
                found[key] = {name: plain(inner, inside) for name, inner in value.items()}
            elif key == "title" or (key == "default" and value is None):
                continue
            else:
                found[key] = plain(value, inside)
        return found

    simple: dict[str, Any] = plain(schema)
    simple.setdefault("properties", {})
    return simple
