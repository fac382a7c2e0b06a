"""What makes a file no plan at all: its size, its bytes, or dependencies in a circle."""

import re

from core.errors import Invalid
from tasks.roadmap.drafts import Draft

MAX_BYTES = 1_048_576
MAX_LINES = 50_000
# The parser's time goes by the lists and quotations that it opens, several on a line if need
# be, and by how deep they lie.
MAX_MARKERS = 40_000
_MARKERS = re.compile(r"^[ \t>]*(?:(?:[-+*>]|[0-9]{1,9}[.)])[ \t]+)+", re.MULTILINE)
_MARKER = re.compile(r"[-+*>)]|[0-9]\.| {8}|\t")
_MEGABYTE = 1_048_576


def read_text(data: bytes) -> str:
    """The text of an uploaded or named file. Raises Invalid(field="file")."""
    _check_size(len(data))
    if b"\x00" in data:
        raise Invalid("The file is binary, not Markdown text.", field="file", code="not_text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid(
            f"The file is not UTF-8 text (line {line}).", field="file", code="not_text"
        ) from error


def check_text(text: str) -> None:
    """Refuse text too large to be a plan, before anything else looks at it."""
    size = len(text) if len(text) > MAX_BYTES else len(text.encode("utf-8", "surrogatepass"))
    _check_size(size)
    if "\x00" in text:
        raise Invalid("The file is binary, not Markdown text.", field="file", code="not_text")
    lines = text.count("\n") + 1
    if lines > MAX_LINES:
        raise Invalid(
            f"The file has {lines:,} lines; at most {MAX_LINES:,} are read.",
            field="file",
            code="too_large",
        )
    markers = sum(len(_MARKER.findall(match[0])) for match in _MARKERS.finditer(text))
    if markers > MAX_MARKERS:
        raise Invalid(
            f"The lists of the file are too long or too deep: more than {MAX_MARKERS:,} items.",
            field="file",
            code="too_large",
        )


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise Invalid(
            f"The file is {size / _MEGABYTE:.1f} MB; at most 1 MB is read.",
            field="file",
            code="too_large",
            details={"bytes": size, "limit": MAX_BYTES},
        )


def check_cycles(phases: list[Draft]) -> None:
    """Raise Invalid with the first circle of dependencies, named key by key.

    A phase waits for its tasks to be done, and its tasks for what the phase depends on.
    """
    waits_for = _graph(phases)
    finished: set[int] = set()
    for start in waits_for:
        if start in finished:
            continue
        path: list[int] = []
        on_path: set[int] = set()
        stack: list[tuple[int, bool]] = [(start, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                path.pop()
                on_path.discard(node)
                finished.add(node)
            elif node in on_path:
                _refuse(path[path.index(node) :], waits_for)
            elif node not in finished:
                path.append(node)
                on_path.add(node)
                stack.append((node, True))
                stack += [(id(other), False) for other in reversed(waits_for[node][1])]


def _graph(phases: list[Draft]) -> dict[int, tuple[Draft, list[Draft]]]:
    waits_for: dict[int, tuple[Draft, list[Draft]]] = {}
    for phase in phases:
        named = any(phase in other.depends_on for other in phases) or bool(phase.depends_on)
        waits_for[id(phase)] = (phase, list(phase.children) if named else [])
        for draft in phase.walk():
            if draft is not phase:
                above = phase.depends_on if draft.parent is phase else []
                waits_for[id(draft)] = (draft, draft.depends_on + above)
    return waits_for


def _refuse(circle: list[int], waits_for: dict[int, tuple[Draft, list[Draft]]]) -> None:
    drafts = [waits_for[node][0] for node in circle]
    keys = [draft.key for draft in (*drafts, drafts[0])]
    raise Invalid(
        f"The dependencies go in a circle: {' → '.join(keys)} (line {drafts[0].line}).",
        field="dependencies",
        code="dependency_cycle",
        details={"cycle": keys, "lines": [draft.line for draft in drafts]},
    )
