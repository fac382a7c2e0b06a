"""What a labelled line or bullet says about a task: its dependencies, estimate, criteria, …"""

from dataclasses import dataclass

from tasks.roadmap.blocks import Block, Bullet, Document
from tasks.roadmap.drafts import Draft, Entry, Reference
from tasks.roadmap.estimates import hours
from tasks.roadmap.inline import Marked, Plain, marked, may_open_with_sign, plain
from tasks.roadmap.labels import Label, is_label_line, labels_in
from tasks.roadmap.tree import Problem
from tasks.roadmap.vocabulary import DONE_WORDS, Kind, fold

# Labels with a value rather than a list.
VALUE_KINDS: tuple[Kind, ...] = ("depends", "blocks", "estimate", "needs", "status")
LIST_KINDS: tuple[Kind, ...] = ("criteria", "deliverables", "tasks")
# What some write in front of a line instead of a bullet.
SIGNS = ("✅", "✔", "✓", "☐", "☑", "☒", "⬜", "•", "◦", "▪", "‣")
_OF_NUMBERS = set("0123456789., &;#")


@dataclass
class Details:
    """Puts what labels say into drafts, and what it cannot read into `problems`."""

    document: Document
    problems: list[Problem]

    def take(self, draft: Draft, label: Label, line: int) -> None:
        value = label.value
        if label.kind == "depends":
            draft.depends.append(Reference(line, value))
        elif label.kind == "blocks":
            draft.blocks.append(Reference(line, value))
        elif label.kind == "estimate":
            self._estimate(draft, label, line)
        elif label.kind == "needs":
            draft.needs += [need for need in _capabilities(value) if need not in draft.needs]
        elif label.kind == "status":
            self._status(draft, label)
        elif label.kind == "criteria":
            draft.criteria += [entry(marked(plain(part))) for part in _parts(value)]
        elif label.kind == "deliverables":
            draft.deliverables.append(value)
        else:
            draft.description.append(f"{label.words}: {value}")

    def _estimate(self, draft: Draft, label: Label, line: int) -> None:
        value = label.value
        if "hour" in label.words.lower() and value.replace("-", "").replace("–", "").isdigit():
            value += " hours"
        found = hours(value)
        if found is None:
            if fold(value) not in ("", "tbd", "tba", "n a", "unknown"):
                self.problem(line, "the estimate is no number of hours, days or weeks")
            draft.description.append(f"{label.words}: {label.value}")
        elif draft.hours is None:
            draft.hours = found
        else:
            draft.description.append(f"{label.words}: {label.value}")
            self.problem(line, "a second estimate for the same task")

    def _status(self, draft: Draft, label: Label) -> None:
        mark = marked(plain(label.value))
        first = fold(mark.text).split(" ")[0]
        ticked = mark.opening == "yes" and not first
        if mark.opening != "no" and (mark.done or ticked or first in DONE_WORDS):
            draft.mark = True
        draft.description.append(f"{label.words}: {label.value}")

    def settle(self, draft: Draft, waiting: tuple[Label, int] | None) -> None:
        """Take the value of a label after which no list came."""
        if waiting is not None:
            self.take(draft, *waiting)

    def labelled_line(self, draft: Draft, label: Kind, source: str, line: int) -> bool:
        """Take a line of text under a heading like "#### Dependencies"; False if it is prose."""
        if label in VALUE_KINDS:
            self.take(draft, Label(label, label, plain(source).text), line)
            return True
        mark = marked(plain(source))
        if label == "criteria" and (mark.opening or mark.boxed):
            draft.criteria.append(entry(mark))
            return True
        return False

    def sign_line(self, draft: Draft, kind: Kind, source: str) -> bool:
        """Take a line that opens with ✅, ☐ or • under a label, as if it were a bullet."""
        if not source.startswith(SIGNS) or kind not in LIST_KINDS:
            return False
        mark = entry_mark(source.lstrip("•◦▪‣"))
        if kind == "deliverables":
            draft.deliverables.append(mark.text)
        elif kind == "criteria":
            draft.criteria.append(entry(mark))
        elif draft.is_phase:
            return False
        else:
            draft.checklist.append(entry(mark))
        return True

    def claimed(self, draft: Draft, bullet: Bullet, kind: Kind, ticks: bool) -> None:
        """Take a bullet under a label, and flatten the ones below it."""
        for line, source, mark in self._flat(bullet):
            if kind == "criteria":
                draft.criteria.append(entry(mark, ticks))
            elif kind == "deliverables":
                draft.deliverables.append(mark.text)
            else:
                self.take(draft, Label(kind, kind, plain(source).text), line)

    def _flat(self, bullet: Bullet) -> list[tuple[int, str, Marked]]:
        found: list[tuple[int, str, Marked]] = []
        for block in bullet.blocks:
            if block.kind == "paragraph":
                source = " ".join(block.lines)
                mark = entry_mark(source)
                if mark.text:
                    found.append((block.line, source, mark))
            for inner in block.bullets:
                found += self._flat(inner)
        return found

    def problem(self, line: int, why: str) -> None:
        text = self.document.source[line - 1].strip()
        self.problems.append(Problem(line, text[:200], why))


def has_labels(block: Block) -> bool:
    inside = block.blocks if block.kind == "quote" else [block]
    return any(
        label.kind != "about"
        for part in inside
        if part.kind == "paragraph"
        for line in part.lines
        for label in labels_in(line)[0]
    )


def label_lines(block: Block) -> list[tuple[int, str]]:
    numbered = list(enumerate(block.lines, block.line))
    return [(line, source) for line, source in numbered[1:] if is_label_line(source)]


def entry(mark: Marked, ticks: bool = False) -> Entry:
    """A bullet as a line of a checklist; `ticks` says that a ✅ in front of it is a tick."""
    done = mark.done or (ticks and mark.opening == "yes")
    return Entry(mark.text, done, mark.boxed or (ticks and bool(mark.opening)))


def entry_mark(source: str) -> Marked:
    """The marks of a bullet; its text keeps links, which the plain text would lose."""
    mark = marked(plain(source))
    if "](" in source:
        return Marked(marked(Plain(source)).text, mark.box, mark.opening, mark.ended)
    return mark


def has_boxes(block: Block) -> bool:
    return any(
        entry_mark(bullet.blocks[0].lines[0]).boxed
        for bullet in block.bullets
        if bullet.blocks and bullet.blocks[0].kind == "paragraph"
    )


def are_ticks(block: Block) -> bool:
    """Whether a ✅ that opens a bullet is a tick: only where another one opens with ⬜ or ❌."""
    signs = {
        marked(plain(bullet.blocks[0].lines[0])).opening
        for bullet in block.bullets
        if bullet.blocks
        and bullet.blocks[0].kind == "paragraph"
        and may_open_with_sign(bullet.blocks[0].lines[0])
    }
    return {"yes", "no"} <= signs


def _parts(value: str) -> list[str]:
    """What stands on one line between semicolons."""
    return [part.strip() for part in value.split(";") if part.strip()] or [value]


def goes_on(value: str, source: str) -> bool:
    """Whether a line continues the list of dependencies of the line before."""
    return value.rstrip().endswith((",", " and", "&", "+")) or not set(source) - _OF_NUMBERS


def _capabilities(value: str) -> list[str]:
    for separator in ("/", "+", "&", ";", " and ", " or ", " und ", " et "):
        value = value.replace(separator, ",")
    return [" ".join(part.split()).lower() for part in value.split(",") if part.strip()]
