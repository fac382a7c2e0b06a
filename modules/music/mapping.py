"""How a provider of music wants to be spoken with: `AIModel.options["music"]`.

Servers of this kind differ in their paths and in the names of their fields, not in what they
do. So both are settings: texts with {words} to be filled in, and ways through an answer such
as `data.0.id`.
"""

from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import quote

WORDS = ("prompt", "title", "seconds", "instrumental", "model", "voice", "id", "callback")


def _submitted() -> dict[str, Any]:
    return {"prompt": "{prompt}", "make_instrumental": "{instrumental}", "wait_audio": False}


def _spoken() -> dict[str, Any]:
    return {
        "model": "{model}",
        "input": "{prompt}",
        "voice": "{voice}",
        "response_format": "mp3",
    }


@dataclass(frozen=True)
class Mapping:
    """Where to send what, and where in the answers to look. Times are seconds.

    The defaults are those of the widespread Suno-style servers, and of OpenAI for `speech_*`.
    `idempotent` says that the provider knows an order again by its Idempotency-Key.
    """

    header: str = "Authorization"
    scheme: str = "Bearer"
    submit_path: str = "/api/generate"
    submit_body: dict[str, Any] = field(default_factory=_submitted)
    ref: str = "0.id"
    poll_path: str = "/api/get?ids={id}"
    status: str = "0.status"
    done: tuple[str, ...] = ("complete", "completed", "success", "succeeded")
    failed: tuple[str, ...] = ("error", "failed", "cancelled")
    audio: str = "0.audio_url"
    title: str = "0.title"
    error: str = "0.error_message"
    poll_every_s: float = 5.0
    patience_s: float = 900.0
    idempotent: bool = False
    speech_path: str = "/audio/speech"
    speech_body: dict[str, Any] = field(default_factory=_spoken)
    voice: str = "alloy"


def mapping_of(options: dict[str, Any]) -> Mapping:
    """The mapping in a model's options; what they leave out is as usual."""
    given = dict(options.get("music") or {})
    for name in ("done", "failed"):
        if name in given:
            given[name] = tuple(given[name])
    return Mapping(**given)


def fits(value: Any) -> bool:
    """Whether this can stand in a model's options."""
    if not isinstance(value, dict):
        return False
    usual = {one.name: getattr(Mapping(), one.name) for one in fields(Mapping)}
    return all(name in usual and _alike(given, usual[name]) for name, given in value.items())


def _alike(given: Any, usual: Any) -> bool:
    if isinstance(usual, bool):
        return isinstance(given, bool)
    if isinstance(usual, float):
        number = isinstance(given, int | float) and not isinstance(given, bool)
        return number and 0.01 <= given <= 86_400
    if isinstance(usual, tuple):
        return isinstance(given, list) and all(isinstance(one, str) for one in given)
    if isinstance(usual, dict):
        return isinstance(given, dict)
    return isinstance(given, str) and len(given) <= 300


def fill(template: Any, values: dict[str, Any]) -> Any:
    """A body with its words filled in; a text that is one word alone gets the value as it is."""
    if isinstance(template, dict):
        return {name: fill(one, values) for name, one in template.items()}
    if isinstance(template, list):
        return [fill(one, values) for one in template]
    if not isinstance(template, str):
        return template
    if template.startswith("{") and template[1:-1] in values and template.endswith("}"):
        return values[template[1:-1]]
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", str(value))
    return template


def path(template: str, values: dict[str, Any]) -> str:
    """A path with its words filled in, quoted."""
    plain = {name: quote(str(value), safe="") for name, value in values.items()}
    found: str = fill(f"{template} ", plain)
    return found.rstrip()


def pick(answer: Any, way: str) -> Any:
    """What lies at `way` in an answer, such as `data.0.id`; None where there is nothing."""
    for part in way.split("."):
        if isinstance(answer, dict):
            answer = answer.get(part)
        elif isinstance(answer, list) and part.isdigit() and int(part) < len(answer):
            answer = answer[int(part)]
        elif isinstance(answer, dict | list) or part:
            return None
    return answer
