"""Which events a webhook hears of: `*`, `task.*` or `task.moved`."""

import re
from collections.abc import Iterable, Sequence

from core.errors import Invalid

MAX_PATTERNS = 50
PATTERN = r"^(\*|[a-z_]{1,30}\.(\*|[a-z_]{1,40}))$"
_PATTERN = re.compile(PATTERN)


def checked(patterns: Iterable[str]) -> list[str]:
    """The patterns, each once. Raises Invalid for what is none."""
    chosen = list(dict.fromkeys(pattern.strip() for pattern in patterns if pattern.strip()))
    if not chosen:
        raise Invalid("Say what it should hear of, such as task.* or *.", field="events")
    if len(chosen) > MAX_PATTERNS:
        raise Invalid(f"There can be {MAX_PATTERNS} patterns at most.", field="events")
    for pattern in chosen:
        if not _PATTERN.fullmatch(pattern):
            raise Invalid(
                f"“{pattern[:60]}” is no pattern. Write *, task.* or task.moved.", field="events"
            )
    return chosen


def matches(patterns: Sequence[str], verb: str) -> bool:
    """Whether one of the patterns means this verb."""
    return "*" in patterns or verb in patterns or f"{verb.partition('.')[0]}.*" in patterns
