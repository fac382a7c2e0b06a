"""What makes a file no plan at all: its size, its bytes, or dependencies in a circle."""

import re

from core.errors import Invalid
from tasks.roadmap.drafts import Draft

MAX_BYTES = 1_000_000
MAX_LINES = 50_000
# The parser's time goes by the lists and quotations that it opens, several on a line if need
# be, and by how deep they lie.
MAX_MARKERS = 40_000
_MARKERS = re.compile(r"^[ \t>]*(?:(?:[-+*>]|[0-9]{1,9}[.)])[ \t]+)+", re.MULTILINE)
_MARKER = re.compile(r"[-+*>)]|[0-9]\.| {8}|\t")


def read_text(data: bytes) -> str:
    """The text of an uploaded or named file. Raises Invalid(field="file")."""
    check_size(len(data))
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
    check_size(size)
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


def check_size(size: int) -> None:
    """Refuse a file of so many bytes if that is too many for a plan."""
    if size > MAX_BYTES:
        raise Invalid(
            f"The file is {size / 1_000_000:.1f} MB ({size:,} bytes); at most 1 MB is read.",
            field="file",
            code="too_large",
            details={"bytes": size, "limit": MAX_BYTES},
        )


def check_cycles(phases: list[Draft]) -> None:
    """Raise Invalid with the first circle of dependencies, named key by key.

    What has parts is done when they are, and its parts start when it may.
    """
    drafts = [draft for phase in phases for draft in phase.walk()]
    following = _graph(drafts)
    finished: set[int] = set()
    for start in range(len(drafts)):
        path: dict[int, None] = {}
        stack: list[tuple[int, bool]] = [(start, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                path.popitem()
                finished.add(node)
            elif node in path:
                way = list(path)
                _refuse([drafts[step] for step in way[way.index(node) :] if step < len(drafts)])
            elif node not in finished:
                path[node] = None
                stack.append((node, True))
                stack += [(other, False) for other in reversed(following[node])]


def _graph(drafts: list[Draft]) -> list[list[int]]:
    """What comes before what: the end of each draft by its place, then the start of each."""
    count = len(drafts)
    place = {id(draft): index for index, draft in enumerate(drafts)}
    ends = [
        [count + index, *(place[id(child)] for child in draft.children)]
        for index, draft in enumerate(drafts)
    ]
    starts = [
        [place[id(other)] for other in draft.depends_on]
        + ([count + place[id(draft.parent)]] if draft.parent else [])
        for draft in drafts
    ]
    return ends + starts


def _refuse(circle: list[Draft]) -> None:
    keys = [draft.key for draft in (*circle, circle[0])]
    raise Invalid(
        f"The dependencies go in a circle: {' → '.join(keys)} (line {circle[0].line}).",
        field="dependencies",
        code="dependency_cycle",
        details={"cycle": keys, "lines": [draft.line for draft in circle]},
    )
