"""A plan held against the board: what is new, what has changed, and what is left alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tasks.roadmap.content import FIELDS, Content

NOT_STARTED = ("inbox", "assigned")


@dataclass(frozen=True)
class OnBoard:
    """A task that an earlier import made, as it is now. `key` is its key in the plan."""

    pk: UUID
    key: str
    kind: str
    number: int
    title: str
    status: str
    version: int
    parent: str | None
    fields: Mapping[str, Any]
    waits_for: frozenset[str]

    @property
    def movable(self) -> bool:
        """Whether an import may still change it: work has not begun, a phase is not done."""
        return self.status in NOT_STARTED or (self.kind == "phase" and self.status != "done")


@dataclass
class Update:
    """What an import changes about one task."""

    key: str
    fields: dict[str, Any] = field(default_factory=dict)
    parent: str | None = None
    waits_more: tuple[str, ...] = ()
    waits_less: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """What changes, in the words of a report."""
        words = [FIELDS[name] for name in self.fields]
        words += ["place"] if self.parent is not None else []
        words += ["dependencies"] if self.waits_more or self.waits_less else []
        return list(dict.fromkeys(words))


@dataclass(frozen=True)
class Kept:
    """Something that the plan now says otherwise than the board, and that stays as it is."""

    key: str
    title: str
    why: str
    line: int = 0


@dataclass
class Difference:
    """What an import is to do."""

    new: list[Content]
    updates: list[Update]
    kept: list[Kept]
    unchanged: int


def compare(
    plan: Mapping[str, Content],
    board: Mapping[str, OnBoard],
    before: Mapping[str, Content] | None,
) -> Difference:
    """Compare three ways: the plan now, the plan as it was last imported, and the board.

    What the plan did not change is left to the board. Where the plan did, the task follows
    if its work has not begun and nobody changed the same thing on the board. Without the
    earlier plan, only tasks that nobody has touched follow.
    """
    found = Difference(new=[], updates=[], kept=[], unchanged=0)
    needed = _needed(plan, board, before or {})
    for key, content in plan.items():
        if key in needed:
            found.new.append(content)
            continue
        if key not in board:
            why = "it was deleted from the board; it is not made again"
            found.kept.append(Kept(key, content.title, why, content.line))
            continue
        update, kept = _one(content, board[key], before.get(key) if before else None)
        if update.words:
            found.updates.append(update)
        found.kept += kept
        found.unchanged += not update.words and not kept
    for key, task in board.items():
        if key not in plan and (before is None or key in before):
            why = "it is no longer in the document; it stays on the board"
            found.kept.append(Kept(key, task.title, why))
    return found


def _needed(
    plan: Mapping[str, Content], board: Mapping[str, OnBoard], before: Mapping[str, Content]
) -> set[str]:
    """The keys to be made: those new in the plan, and what they lie below."""
    needed = {key for key in plan if key not in board and key not in before}
    for key in list(needed):
        parent = plan[key].parent
        while parent is not None and parent not in board and parent not in needed:
            needed.add(parent)
            parent = plan[parent].parent
    return needed


def _one(content: Content, task: OnBoard, before: Content | None) -> tuple[Update, list[Kept]]:
    update = Update(content.key)
    clashes: list[str] = []
    for name, wanted in content.fields.items():
        has = task.fields[name]
        if has == wanted or (before is not None and before.fields[name] == wanted):
            continue
        if has == before.fields[name] if before is not None else task.version == 1:
            update.fields[name] = wanted
        else:
            clashes.append(FIELDS[name])
    if before is not None:
        if before.parent != content.parent and task.parent == before.parent:
            update.parent = content.parent
        update.waits_less = _only(before.waits_for, content.waits_for, task.waits_for)
        news = [key for key in content.waits_for if key not in before.waits_for]
    else:
        news = list(content.waits_for)
    update.waits_more = tuple(key for key in news if key not in task.waits_for)
    kept: list[Kept] = []
    if update.words and not task.movable:
        words = ", ".join(update.words)
        state = task.status.replace("_", " ")
        why = f"its {words} changed in the document, but it is {state} already"
        kept.append(Kept(content.key, task.title, why, content.line))
        update = Update(content.key)
    if clashes:
        words = ", ".join(dict.fromkeys(clashes))
        why = f"its {words} changed in the document and on the board"
        kept.append(Kept(content.key, task.title, why, content.line))
    newly_done = content.done and not (before.done if before is not None else False)
    if newly_done and task.status != "done":
        state = task.status.replace("_", " ")
        why = f"it is ticked in the document, but {state} on the board"
        kept.append(Kept(content.key, task.title, why, content.line))
    return update, kept


def _only(
    before: tuple[str, ...], now: tuple[str, ...], present: frozenset[str]
) -> tuple[str, ...]:
    return tuple(key for key in before if key not in now and key in present)
