"""What an edit of the page means, and what comes of two edits of the same page."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from tasks.working.state import Note, TaskLine, WorkingState

# A section of notes, by its heading and how many of the same name stand before it.
NoteKey: TypeAlias = tuple[str, int]


@dataclass(frozen=True)
class StatusChanged:
    """A line stands in another column."""

    key: str
    before: str
    after: str
    line: int = 0
    field = "status"


@dataclass(frozen=True)
class AssigneesChanged:
    """A line names others than before; in which order does not matter."""

    key: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    line: int = 0
    field = "assignees"


@dataclass(frozen=True)
class Retitled:
    """A line says something else."""

    key: str
    before: str
    after: str
    line: int = 0
    field = "title"


@dataclass(frozen=True)
class BlockChanged:
    """A reason why a task cannot go on came, went, or reads differently."""

    key: str
    before: str
    after: str
    line: int = 0
    field = "blocked"


@dataclass(frozen=True)
class TaskAdded:
    """A line without a key."""

    task: TaskLine
    line: int = 0


@dataclass(frozen=True)
class LineRemoved:
    """A line is gone. That deletes no task."""

    key: str
    title: str


@dataclass(frozen=True)
class NotesChanged:
    """A section of notes was written, rewritten or taken out (`after` is None)."""

    note: NoteKey
    before: str | None
    after: str | None


@dataclass(frozen=True)
class HouseLinesChanged:
    """An edit where only the house writes, or of what the page does not decide."""

    what: str
    reason: str


FieldChange: TypeAlias = StatusChanged | AssigneesChanged | Retitled | BlockChanged
Change: TypeAlias = FieldChange | TaskAdded | LineRemoved | NotesChanged | HouseLinesChanged


@dataclass(frozen=True)
class Clash:
    """The same thing, changed differently on both sides."""

    key: str
    field: str
    line: int
    base: Any
    mine: Any
    theirs: Any

    @property
    def message(self) -> str:
        if self.theirs is None and self.field == "task":
            return f"{self.key} was deleted meanwhile."
        if self.field == "notes":
            return f"The notes “{self.key}” were changed on both sides."
        return (
            f"{self.key}: {self.field} is “{said(self.theirs)}” by now and was "
            f"“{said(self.base)}”; you wrote “{said(self.mine)}”."
        )


@dataclass(frozen=True)
class Merged:
    """What is to be done to *theirs* for it to become both; nothing when there are clashes."""

    changes: tuple[Change, ...] = ()
    notes: tuple[Note, ...] = ()
    clashes: tuple[Clash, ...] = ()


def changes(base: WorkingState, edited: WorkingState) -> list[Change]:
    """What an editor did who was given `base` and made `edited` of it."""
    old, new = base.by_key(), edited.by_key()
    found: list[Change] = []
    for key, line in new.items():
        if key in old:
            found += field_changes(old[key], line)
    found += [TaskAdded(task, task.line) for task in edited.tasks if task.key is None]
    found += [LineRemoved(key, line.title) for key, line in old.items() if key not in new]
    before, after = keyed(base.notes), keyed(edited.notes)
    for note in dict.fromkeys([*before, *after]):
        if before.get(note) != after.get(note):
            found.append(NotesChanged(note, before.get(note), after.get(note)))
    return found + _house_lines(base, edited)


def field_changes(old: TaskLine, new: TaskLine) -> list[FieldChange]:
    """What is different between two lines of the same task."""
    assert new.key is not None
    found: list[FieldChange] = []
    if old.title != new.title:
        found.append(Retitled(new.key, old.title, new.title, new.line))
    # The page does not say who had what is done, nor what once held it up: a line that is
    # moved there and loses both says nothing by it.
    ended = new.status == "done"
    if set(old.assignees) != set(new.assignees) and not (ended and not new.assignees):
        found.append(AssigneesChanged(new.key, old.assignees, new.assignees, new.line))
    if old.blocked != new.blocked and not ended:
        found.append(BlockChanged(new.key, old.blocked, new.blocked, new.line))
    if old.status != new.status:
        found.append(StatusChanged(new.key, old.status, new.status, new.line))
    return found


def merge(base: WorkingState, mine: WorkingState, theirs: WorkingState) -> Merged:
    """Bring the edit from `base` to `mine` to `theirs`, which `base` has become meanwhile.

    A line that `base` did not have counts from what `theirs` says of that task. What both
    sides changed alike needs nothing more; a new line that the other side has as a new
    task already is not made twice.
    """
    now, known = theirs.by_key(), base.by_key()
    here = {key: line for key, line in now.items() if key not in known}
    start = replace(base, tasks=(*base.tasks, *here.values()))
    fresh = Counter((line.title, line.status) for line in here.values())
    todo: list[Change] = []
    clashes: list[Clash] = []
    for change in changes(start, mine):
        if isinstance(change, StatusChanged | AssigneesChanged | Retitled | BlockChanged):
            _settle(change, now.get(change.key), todo, clashes)
        elif isinstance(change, TaskAdded):
            same = (change.task.title, change.task.status)
            if fresh[same]:
                fresh[same] -= 1
                todo.append(
                    HouseLinesChanged(change.task.title, "The board has this new task already.")
                )
            else:
                todo.append(change)
        elif isinstance(change, LineRemoved):
            if change.key in known and change.key in now:
                todo.append(change)
        elif isinstance(change, HouseLinesChanged):
            todo.append(change)
    notes, note_changes, note_clashes = merge_notes(base.notes, mine.notes, theirs.notes)
    if clashes or note_clashes:
        return Merged(clashes=(*clashes, *note_clashes))
    return Merged(changes=(*todo, *note_changes), notes=notes)


def _settle(
    change: FieldChange, now: TaskLine | None, todo: list[Change], clashes: list[Clash]
) -> None:
    if now is None:
        clashes.append(Clash(change.key, "task", change.line, change.before, change.after, None))
        return
    present = getattr(now, change.field)
    if _same(present, change.after):
        return
    if _same(present, change.before):
        todo.append(change)
    else:
        clashes.append(
            Clash(change.key, change.field, change.line, change.before, change.after, present)
        )


def merge_notes(
    base: Sequence[Note], mine: Sequence[Note], theirs: Sequence[Note]
) -> tuple[tuple[Note, ...], list[NotesChanged], list[Clash]]:
    """The sections of both sides, what that changes in theirs, and where they clash."""
    old, ours, other = keyed(base), keyed(mine), keyed(theirs)
    final: dict[NoteKey, str] = {}
    clashes = []
    for key in dict.fromkeys([*old, *ours, *other]):
        was, mine_body, their_body = old.get(key), ours.get(key), other.get(key)
        if mine_body in (was, their_body):
            chosen = their_body
        elif their_body == was:
            chosen = mine_body
        else:
            clashes.append(Clash(key[0], "notes", 0, was, mine_body, their_body))
            continue
        if chosen is not None:
            final[key] = chosen
    if clashes:
        return (), [], clashes
    shared = [key for key in ours if key in old]
    moved = shared != [key for key in old if key in ours]
    order = _woven(list(ours), list(other)) if moved else _woven(list(other), list(ours))
    notes = tuple(Note(key[0], final[key]) for key in order if key in final)
    changed = [
        NotesChanged(key, other.get(key), final.get(key))
        for key in dict.fromkeys([*other, *final])
        if other.get(key) != final.get(key)
    ]
    if not changed and notes != tuple(theirs):
        first = keyed(notes)
        key = next(key for key, before in zip(first, other, strict=True) if key != before)
        changed = [NotesChanged(key, other[key], final[key])]
    return notes, changed, []


def keyed(notes: Iterable[Note]) -> dict[NoteKey, str]:
    """The bodies of sections by heading and count, in their order."""
    seen: Counter[str] = Counter()
    found = {}
    for note in notes:
        found[note.heading, seen[note.heading]] = note.body
        seen[note.heading] += 1
    return found


def _woven(first: list[NoteKey], second: list[NoteKey]) -> list[NoteKey]:
    """The keys of `first`, and those of `second` alone each behind its neighbour there."""
    order = list(first)
    place = 0
    for key in second:
        if key in order:
            place = order.index(key) + 1
        else:
            order.insert(place, key)
            place += 1
    return order


def _house_lines(base: WorkingState, edited: WorkingState) -> list[Change]:
    found: list[Change] = []
    reason = "The house writes this section; it follows from what happens."
    if base.agents != edited.agents:
        found.append(HouseLinesChanged("Active Agents", reason))
    if base.activity != edited.activity:
        found.append(HouseLinesChanged("Recent Activity", reason))
    old, new = base.by_key(), edited.by_key()
    stayed = {key for key in new if key in old and old[key].status == new[key].status}
    columns = {line.status for line in new.values()}
    for status in sorted(columns):
        before, after = (
            [key for key, line in side.items() if key in stayed and line.status == status]
            for side in (old, new)
        )
        if before != after:
            what = f"the order of {status.upper()}"
            found.append(HouseLinesChanged(what, "The order in a column is set on the board."))
    return found


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return set(one) == set(other)
    return bool(one == other)


def said(value: Any) -> str:
    """A status, a title, a reason or assignees, in words."""
    if isinstance(value, tuple):
        return ", ".join(f"@{name}" for name in value) or "nobody"
    return str(value) if value else "nothing"
