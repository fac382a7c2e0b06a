"""Two states of a text: line by line, and within a line word by word."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["same", "changed", "added", "removed", "skipped"]
# Unchanged lines that are shown around a change.
AROUND = 3
# Lines longer than this, in words, or that have less in common, are not compared by words.
MOST_WORDS, LEAST_IN_COMMON = 400, 0.4
WORD = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """A part of a line, marked where it differs from the other side's."""

    text: str
    marked: bool = False


@dataclass(frozen=True)
class DiffRow:
    """One line of two texts side by side. A skipped row stands for `count` that are the same."""

    kind: Kind
    old_line: int | None
    old: str
    new_line: int | None
    new: str
    count: int = 0

    @cached_property
    def pieces(self) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
        """The two lines in pieces; those of a changed line are marked where they differ."""
        if self.kind == "changed":
            return pieces(self.old, self.new)
        return (Piece(self.old),), (Piece(self.new),)


@dataclass(frozen=True)
class Diff:
    """What is different between two texts; all empty when nothing is."""

    unified: str
    rows: list[DiffRow]
    added: int
    removed: int

    @property
    def in_one_column(self) -> list[DiffRow]:
        """The same rows one below the other: of each stretch what went, then what came."""
        column: list[DiffRow] = []
        came: list[DiffRow] = []
        for row in self.rows:
            if row.kind in ("same", "skipped"):
                column += [*came, row]
                came = []
                continue
            if row.old_line is not None:
                column.append(_half(row, "removed"))
            if row.new_line is not None:
                came.append(_half(row, "added"))
        return column + came


def compare(old: str, new: str) -> Diff:
    """Two texts compared line by line."""
    # Nothing at all has no lines, not one that is empty.
    before, after = (text.split("\n") if text else [] for text in (old, new))
    unified = "\n".join(
        difflib.unified_diff(before, after, "before", "after", lineterm="", n=AROUND)
    )
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    rows: list[DiffRow] = []
    place = 0
    for group in matcher.get_grouped_opcodes(AROUND):
        if group[0][1] > place:
            rows.append(DiffRow("skipped", None, "", None, "", group[0][1] - place))
        for tag, *span in group:
            rows += _rows(tag, before, after, *span)
        place = group[-1][2]
    if rows and place < len(before):
        rows.append(DiffRow("skipped", None, "", None, "", len(before) - place))
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


def pieces(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Two versions of a line with the words marked that differ; none if most of them do."""
    before, after = WORD.findall(old), WORD.findall(new)
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    if len(before) + len(after) > MOST_WORDS or matcher.ratio() < LEAST_IN_COMMON:
        return (Piece(old),), (Piece(new),)
    was: list[Piece] = []
    now: list[Piece] = []
    for tag, a, a_end, b, b_end in matcher.get_opcodes():
        if a_end > a:
            was.append(Piece("".join(before[a:a_end]), tag != "equal"))
        if b_end > b:
            now.append(Piece("".join(after[b:b_end]), tag != "equal"))
    return tuple(was), tuple(now)


def _half(row: DiffRow, kind: Literal["removed", "added"]) -> DiffRow:
    """One side of a row on its own, with its marks."""
    half = (
        DiffRow("removed", row.old_line, row.old, None, "")
        if kind == "removed"
        else DiffRow("added", None, "", row.new_line, row.new)
    )
    half.__dict__["pieces"] = row.pieces
    return half
