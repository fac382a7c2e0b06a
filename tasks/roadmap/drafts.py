"""Phases and tasks while they are being read: not yet keyed, references still words."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tasks.roadmap.names import Name
from tasks.roadmap.tree import Item


@dataclass
class Entry:
    """A bullet of a checklist or a criterion; `boxed` when it says itself whether it is done."""

    text: str
    done: bool
    boxed: bool


@dataclass
class Reference:
    """Words that name other tasks, and the line they stand on.

    `aside` is what a title said with them, where it may mean something else ("Party (after
    work)"): if the words name no task, it is a part of that title.
    """

    line: int
    text: str
    aside: str = ""


@dataclass(eq=False)
class Draft:
    """A phase or task. `mark` is what its own heading or bullet says about being done.

    `bullet` tells those written as bullets from those with a heading. `ordinal` is the number
    in a numbered list: good for references, but not for a key, since it changes with every
    insertion.
    """

    title: str
    name: Name
    line: int
    is_phase: bool = False
    parent: "Draft | None" = None
    bullet: bool = False
    ordinal: str = ""
    mark: bool | None = None
    opening: str = ""
    description: list[str] = field(default_factory=list)
    children: list["Draft"] = field(default_factory=list)
    checklist: list[Entry] = field(default_factory=list)
    criteria: list[Entry] = field(default_factory=list)
    depends: list[Reference] = field(default_factory=list)
    blocks: list[Reference] = field(default_factory=list)
    depends_on: list["Draft"] = field(default_factory=list)
    hours: tuple[float, float] | None = None
    needs: list[str] = field(default_factory=list)
    deliverables: list[str] = field(default_factory=list)
    key: str = ""

    def walk(self) -> Iterator["Draft"]:
        yield self
        for child in self.children:
            yield from child.walk()

    def contains(self, other: "Draft") -> bool:
        """Whether `other` lies below this one."""
        above = other.parent
        while above is not None and above is not self:
            above = above.parent
        return above is self

    @property
    def phase(self) -> "Draft":
        draft = self
        while draft.parent is not None:
            draft = draft.parent
        return draft

    @property
    def done(self) -> bool:
        """Its own mark decides; without one, it is done when all that can be ticked is.

        Where nothing can be ticked, the mark of what it belongs to counts. A bullet without a
        box is open as soon as it stands in a checklist with boxes, so that nothing is taken
        for done that nobody ticked.
        """
        if self.mark is not None:
            return self.mark
        ticks = self._ticks
        return all(ticks) if ticks else self.parent is not None and self.parent._says_done

    @property
    def _ticks(self) -> list[bool]:
        ticks = [entry.done for entry in self.criteria if entry.boxed]
        if any(entry.boxed for entry in self.checklist):
            ticks += [entry.done for entry in self.checklist]
        return ticks + [child.done for child in self.children]

    @property
    def _says_done(self) -> bool:
        above = self.parent is not None and self.parent._says_done
        return above if self.mark is None else self.mark


def items(entries: list[Entry]) -> list[Item]:
    return [Item(entry.text, entry.done) for entry in entries]
