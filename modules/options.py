"""What may stand in a model's options, so that a call never stumbles over them."""

from collections.abc import Callable
from typing import Any

from core.errors import Invalid
from modules.music import mapping


def _number(least: float, most: float) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        return plain and least <= value <= most

    return fits


# Each option: what it must be, for people, and the check.
KNOWN: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "chunk_timeout_s": ("a number from 1 to 1800", _number(1, 1800)),
    "cached_input_price": ("a number of microdollars", _number(0, 10**12)),
    # Of models whose work is counted in pieces (pictures, songs), not in tokens.
    "unit_price": ("a number of microdollars", _number(0, 10**12)),
    "sends_seed": ("true or false", lambda value: isinstance(value, bool)),
    "include_usage": ("true or false", lambda value: isinstance(value, bool)),
    "max_tokens_field": (
        "max_tokens or max_completion_tokens",
        lambda value: value in ("max_tokens", "max_completion_tokens"),
    ),
    "extra_body": ("an object", lambda value: isinstance(value, dict)),
    "music": ("a mapping as docs/music.md has it", mapping.fits),
    "latency_ms": ("a number from 0 to 60000", _number(0, 60_000)),
    "failure_rate": ("a number from 0 to 1", _number(0, 1)),
}


def checked(options: Any) -> dict[str, Any]:
    """The options as they are kept. Raises Invalid for one that is unknown or does not fit."""
    if not isinstance(options, dict):
        raise _wrong("Options are a JSON object.")
    for name, value in options.items():
        if name not in KNOWN:
            raise _wrong(f"There is no option “{name}”. There are: {', '.join(KNOWN)}.")
        wanted, fits = KNOWN[name]
        if not fits(value):
            raise _wrong(f"The option “{name}” must be {wanted}.")
    return dict(options)


def _wrong(why: str) -> Invalid:
    return Invalid(why, field="options")
