"""Tables whose rows are tasks: "| ID | Task | Estimate | Depends on | Status |".

Such a table is read as the list that it could have been: a bullet for each row, whose other
cells are labelled lines below it. Any other table stays a table.
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise

from markdown_it.token import Token

from tasks.roadmap.labels import heading_kind
from tasks.roadmap.vocabulary import DONE_WORDS, PHASE_WORDS, STRONG_PHASE_WORDS, TASK_WORDS, fold

_NUMBERS = frozenset(["id", "nr", "no", "number", "key", "ref", "code", "wbs", "编号"])
# Words that head a column of titles beside columns that speak of work, and of much else.
_NAMES = frozenset(
    ["name", "title", "what", "activity", "description", "deliverable", "bezeichnung", "titel"]
)
_BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
_YES = frozenset(["x", "yes", "y", "ja", "oui", "✅", "✔", "✔️", "✓", "☑", "[x]", "[X]"])
_BOX = re.compile(r"\[[ xX]?\]|[☐☑✅⬜✔✓]?")


@dataclass
class Row:
    """A row as a bullet: its title, the lines below it, and the group that it belongs to."""

    line: int
    title: str
    lines: list[str] = field(default_factory=list)
    group: str = ""


def task_rows(tokens: list[Token]) -> list[Row] | None:
    """The rows of a table of tasks, given its tokens; None for any other table."""
    lines = _cells(tokens)
    if not lines:
        return None
    heads = [_BREAK.sub(" ", text) for text in lines[0][1]]
    body = [(line, [_BREAK.sub(", ", text) for text in cells]) for line, cells in lines[1:]]
    columns = _columns(heads, [cells for _, cells in body])
    if columns is None:
        return None
    rows: list[Row] = []
    for line, cells in body:
        row = columns.row(line, cells)
        if row is None:
            continue
        if not row.group and rows:
            row.group = rows[-1].group
        rows.append(row)
    # "| Phase | Tasks | Hours |" counts tasks and names none.
    return rows if any(re.search(r"[^\W\d_]", row.title) for row in rows) else None


@dataclass
class _Columns:
    heads: list[str]
    title: int
    number: int | None
    group: int | None
    ticks: int | None

    def row(self, line: int, cells: list[str]) -> Row | None:
        title = cells[self.title]
        if not title:
            return None
        number = cells[self.number] if self.number is not None else ""
        row = Row(line, _numbered(title, number))
        if self.ticks is not None and cells[self.ticks].casefold() in _YES:
            row.title = f"[x] {row.title}"
        if self.group is not None:
            row.group = _group(self.heads[self.group], cells[self.group])
        used = {self.title, self.number, self.group, self.ticks}
        row.lines = [
            f"{head}: {cell}"
            for index, (head, cell) in enumerate(zip(self.heads, cells, strict=True))
            if index not in used and head and cell
        ]
        return row


def _columns(heads: list[str], body: list[list[str]]) -> _Columns | None:
    words = [fold(head) for head in heads]
    ticks = next((at for at, word in enumerate(words) if word in DONE_WORDS), None)
    if ticks is None and not words[0] and all(_BOX.fullmatch(cells[0]) for cells in body):
        ticks = 0
    number = next((at for at, word in enumerate(words) if _is_number(heads[at], word)), None)
    phases = [at for at, word in enumerate(words) if word in PHASE_WORDS]
    telling = [at for at, word in enumerate(words) if heading_kind(word) and at not in phases]
    title = next((at for at, word in enumerate(words) if _singular(word) in TASK_WORDS), None)
    if title == number:
        number = None
    if title is None:
        title = next((at for at, word in enumerate(words) if word in _NAMES), None)
        if title is None and len(phases) > 1:
            # "| Quarter | Milestone | Owner |": the later one is what is to be done.
            title = phases.pop()
    if title is None or not (telling or phases or number is not None or ticks is not None):
        return None
    return _Columns(heads, title, number, phases[0] if phases else None, ticks)


def _is_number(head: str, word: str) -> bool:
    words = word.split()
    return (
        head.strip(" .") in ("#", "№")
        or word in _NUMBERS
        or (len(words) == 2 and words[1] in _NUMBERS and words[0] in TASK_WORDS)
    )


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and word[:-1] in TASK_WORDS else word


def _numbered(title: str, number: str) -> str:
    """A title with the number from another cell, in the form that titles are read in."""
    number = number.strip(" .*_`")
    if not number:
        return title
    if number.isdigit():
        return f"{number}. {title}"
    return (
        f"[{number}] {title}" if re.fullmatch(r"[A-Za-z][\w.-]*", number) else f"{number} {title}"
    )


def _group(head: str, cell: str) -> str:
    """The phase that a cell names: "Phase 1" where it holds only the number."""
    if not cell:
        return ""
    strong = fold(head) in STRONG_PHASE_WORDS
    return f"{head} {cell}" if strong and re.match(r"[0-9]+\b", cell) else cell


def _cells(tokens: list[Token]) -> list[tuple[int, list[str]]]:
    """The line and the cells of each row, the header first."""
    rows: list[tuple[int, list[str]]] = []
    for token, inside in pairwise(tokens):
        if token.type == "tr_open":
            rows.append(((token.map or [0])[0] + 1, []))
        elif token.type in ("th_open", "td_open"):
            rows[-1][1].append(inside.content.strip())
    return rows
