"""A tool said no: read why, try once another way, and then leave it at that."""

import re

from modules.language.providers.simulated.scene import Answer, Exchange, Scene
from modules.language.providers.simulated.toolbox import Planned
from modules.language.providers.simulated.words import clipped

_UNKNOWN = re.compile(r"no (?:argument|field|parameter)? ?[“\"'`]([\w.]+)[”\"'`]", re.I)
_FIELD = re.compile(r"\"field\":\s*\"(\w+)\"|[“\"'`](\w+)[”\"'`]:")
_OPTION = re.compile(
    r"(?:should be|one of|either|there are:?)\s*[:(]?\s*[“\"'`]([\w-]+)[”\"'`]", re.I
)


def second_try(scene: Scene) -> Answer | None:
    """Another way to make the calls that have just failed, if there is one."""
    again = [
        planned
        for one in scene.fresh_failures()
        if (planned := _differently(scene, one)) is not None
    ]
    if not again:
        return None
    names = ", ".join(dict.fromkeys(planned.name for planned in again))
    return Answer(f"That was refused; I read why and try {names} another way.", tuple(again))


def _differently(scene: Scene, one: Exchange) -> Planned | None:
    tool, arguments = one.call.name, dict(one.call.arguments)
    if tool not in scene.tools:
        return None
    why = one.result.content
    properties, required = scene.tools.properties(tool), scene.tools.required(tool)
    for match in _UNKNOWN.finditer(why):
        arguments.pop(match[1].split(".")[0], None)
    if (option := _OPTION.search(why)) and (field := _named_field(why)) in arguments:
        arguments[field] = option[1]
    elif (field := _named_field(why)) in arguments and field not in required:
        del arguments[field]
    arguments = {name: value for name, value in arguments.items() if name in properties}
    if arguments == one.call.arguments:
        arguments = {name: value for name, value in arguments.items() if name in required}
    if arguments == one.call.arguments or not arguments:
        return None
    return Planned(tool, arguments)


def _named_field(why: str) -> str:
    match = _FIELD.search(why)
    return (match[1] or match[2]) if match else ""


def explain(one: Exchange, what: str) -> Answer:
    """The end of a run that could not do what it had to."""
    said = one.data.get("error") or one.result.content
    return Answer(
        f"I could not {what}: {clipped(str(said), 300)} I tried it in two ways and stop here, so "
        "that a person can look at it. (Simulated model.)"
    )
