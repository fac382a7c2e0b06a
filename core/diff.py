"""Two states of a text, line by line."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["same", "changed", "added", "removed", "skipped"]
# Unchanged lines that are shown around a change.
AROUND = 3


@dataclass(frozen=True)
class DiffRow:
    """One line of two texts side by side. A skipped row stands for many that are the same."""

    kind: Kind
    old_line: int | None
    old: str
    new_line: int | None
    new: str


@dataclass(frozen=True)
class Diff:
    """What is different between two texts; all empty when nothing is."""

    unified: str
    rows: list[DiffRow]
    added: int
    removed: int


def compare(old: str, new: str) -> Diff:
    """Two texts compared line by line."""
    before, after = old.split("\n"), new.split("\n")
    unified = "\n".join(
        difflib.unified_diff(before, after, "before", "after", lineterm="", n=AROUND)
    )
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    rows: list[DiffRow] = []
    place = 0
    for group in matcher.get_grouped_opcodes(AROUND):
        if group[0][1] > place:
            rows.append(DiffRow("skipped", None, "", None, ""))
        for tag, *span in group:
            rows += _rows(tag, before, after, *span)
        place = group[-1][2]
    if rows and place < len(before):
        rows.append(DiffRow("skipped", None, "", None, ""))
    return Diff(
        unified,
        rows,
        added=sum(row.kind in ("added", "changed") for row in rows),
        removed=sum(row.kind in ("removed", "changed") for row in rows),
    )


def _rows(
    tag: str, before: list[str], after: list[str], a: int, a_end: int, b: int, b_end: int
) -> Iterator[DiffRow]:
    """The rows of one stretch; lines that replace one another stand side by side."""
    for offset in range(max(a_end - a, b_end - b)):
        old = a + offset if a + offset < a_end else None
        new = b + offset if b + offset < b_end else None
        kind: Kind = (
            "added"
            if old is None
            else "removed"
            if new is None
            else "same"
            if tag == "equal"
            else "changed"
        )
        yield DiffRow(
            kind,
            None if old is None else old + 1,
            "" if old is None else before[old],
            None if new is None else new + 1,
            "" if new is None else after[new],
        )
