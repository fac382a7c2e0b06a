"""From sections and bullets to drafts of phases and tasks."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import zip_longest

from core.errors import Invalid
from tasks.roadmap.blocks import Block, Bullet, Document
from tasks.roadmap.details import (
    LIST_KINDS,
    VALUE_KINDS,
    Details,
    are_ticks,
    entry,
    entry_mark,
    goes_on,
    has_boxes,
    has_labels,
    label_lines,
)
from tasks.roadmap.drafts import Draft, Reference
from tasks.roadmap.inline import plain
from tasks.roadmap.labels import Label, heading_kind, is_label_line, labels_in, opens_list
from tasks.roadmap.outline import Section
from tasks.roadmap.titles import Title, read_title
from tasks.roadmap.vocabulary import SAID_IN_A_LINE, Kind, fold

MAX_TASKS = 2000

# What to do with a bullet that no label claims. `ticks` says that a ✅ at its start is a tick.
TakeBullet = Callable[[Bullet, bool], None]


@dataclass
class Reader:
    """Reads one document. `details` takes what labels say, and what nobody understands."""

    document: Document
    codes: frozenset[str]
    details: Details
    tasks: int = 0

    def phase(self, section: Section) -> Draft:
        """A phase with its tasks: the headings below it, or else its bullets."""
        phase = self._draft(section.title, section.line, is_phase=True)
        beside = bool(section.parts)
        known: set[str] = set()

        def add_task(below: Section) -> None:
            task = self.task(below, phase)
            known.update({fold(task.title), task.name.number})

        def add_bullet(bullet: Bullet, ticks: bool) -> None:
            if beside:
                title = self._bullet_title(bullet)
                if title and {fold(title.text), title.name.number or "-"} & known:
                    return
            self._bullet_task(bullet, phase, ticks, nested="children")

        if beside:
            # First the tasks with headings of their own: lists often only announce them.
            self._sections(phase, section.sections, add_task, add_bullet)
        self._content(phase, section.blocks, add_bullet, beside=beside)
        if not beside:
            self._sections(phase, section.sections, add_task, add_bullet)
        return phase

    def bullet_phase(self, bullet: Bullet) -> Draft | None:
        """A phase written as a bullet, with its tasks nested below it."""
        title = self._bullet_title(bullet)
        if title is None:
            return None
        phase = self._draft(title, bullet.line, is_phase=True)
        self._content(
            phase,
            self._below(bullet),
            lambda inner, ticks: self._bullet_task(inner, phase, ticks, nested="children"),
        )
        return phase

    def task(self, section: Section, parent: Draft) -> Draft:
        """A task from a heading: bullets become its checklist, deeper headings its subtasks."""
        task = self._draft(section.title, section.line, parent)

        def add_bullet(bullet: Bullet, ticks: bool) -> None:
            self._bullet_item(bullet, task, ticks)

        def add_child(below: Section) -> None:
            if below.name.number or _is_work(below):
                self.task(below, task)
            else:
                task.description.append(self.document.text(below.line, below.end))

        self._content(task, section.blocks, add_bullet)
        self._sections(task, section.sections, add_child, add_bullet)
        return task

    def _draft(
        self, title: Title, line: int, parent: Draft | None = None, *, is_phase: bool = False
    ) -> Draft:
        self.tasks += not is_phase
        if self.tasks > MAX_TASKS:
            raise Invalid(
                f"The file holds more than {MAX_TASKS:,} tasks; split it into several plans.",
                field="file",
                code="too_many_tasks",
            )
        draft = Draft(title.text, title.name, line, is_phase, parent, hours=title.hours)
        draft.opening = title.opening
        draft.mark = True if title.ended else title.box
        draft.depends = [Reference(line, text) for text in title.depends]
        draft.depends += [Reference(line, text, aside) for text, aside in title.perhaps]
        draft.description = list(title.asides)
        for label in title.labels:
            self.details.take(draft, label, line)
        if parent is not None:
            parent.children.append(draft)
        return draft

    # Sections below a heading

    def _sections(
        self,
        draft: Draft,
        sections: list[Section],
        add: Callable[[Section], None],
        add_bullet: TakeBullet,
    ) -> None:
        for section in sections:
            if section.label is None:
                add(section)
            elif section.label == "about":
                draft.description.append(self.document.text(section.line, section.end))
            else:
                self._content(draft, section.blocks, add_bullet, section.label)
                self._sections(
                    draft, section.sections, self._inside(draft, section, add), add_bullet
                )

    def _inside(
        self, draft: Draft, section: Section, add: Callable[[Section], None]
    ) -> Callable[[Section], None]:
        """What a heading below "Tasks" is, and what one below "Acceptance Criteria" is."""
        if section.label == "tasks":
            return add
        return lambda below: self._content(draft, below.blocks, _ignore, section.label)

    # Blocks below a heading or bullet

    def _content(
        self,
        draft: Draft,
        blocks: list[Block],
        add_bullet: TakeBullet,
        label: Kind | None = None,
        *,
        beside: bool = False,
    ) -> None:
        """Read blocks into a draft. `label` is the kind that a heading gave to all of them.

        `beside`: the tasks are headings, so that bullets are tasks only with a box or label.
        """
        current, used = label, False
        waiting: tuple[Label, int] | None = None
        for block, following in zip_longest(blocks, blocks[1:]):
            if block.kind == "list":
                if waiting:
                    draft.description.append(f"{waiting[0].words}: {waiting[0].value}")
                    waiting = None
                if current is None and beside and not has_boxes(block):
                    self._beside(draft, block)
                else:
                    self._list(draft, block, current, add_bullet)
                used = True
                continue
            self.details.settle(draft, waiting)
            waiting = None
            if block.kind in ("comment", "rule"):
                continue
            if block.kind == "paragraph" or (block.kind == "quote" and has_labels(block)):
                quoted = [block] if block.kind == "paragraph" else block.blocks
                for part in quoted:
                    if part.kind != "paragraph":
                        draft.description.append(self.document.text(part.line, part.end))
                        continue
                    part = _announcing(part, following)
                    opened, waiting = self._paragraph(draft, part, label, None if used else current)
                    if opened is not None:
                        current, used = opened, False
                    elif label is None and (used or current in VALUE_KINDS):
                        current = None
                continue
            if block.kind == "table":
                self.details.problem(block.line, "a table is kept in the description, not read")
            draft.description.append(self.document.text(block.line, block.end))
        self.details.settle(draft, waiting)

    def _beside(self, draft: Draft, block: Block) -> None:
        self.details.problem(
            block.line, "a list beside the tasks of its phase is kept in the description"
        )
        draft.description.append(self.document.text(block.line, block.end))

    def _paragraph(
        self, draft: Draft, block: Block, label: Kind | None, current: Kind | None
    ) -> tuple[Kind | None, tuple[Label, int] | None]:
        """Take the labels of a paragraph; what is left of it is description.

        `label` is the kind of the heading above, `current` that of a label still without its
        value. Returns the kind of list that the paragraph announces, and a label whose value
        counts only if no list follows.
        """
        left: list[str] = []
        opened = current
        waiting: tuple[Label, int] | None = None
        previous: Label | None = None
        for line, source in enumerate(block.lines, block.line):
            labels, rest = labels_in(source)
            if not labels:
                if previous and previous.kind == "depends" and goes_on(previous.value, source):
                    previous = replace(previous, value=plain(source).text)
                    draft.depends.append(Reference(line, previous.value))
                    opened = None
                elif opened and self.details.sign_line(draft, opened, source):
                    continue
                elif opened in VALUE_KINDS:
                    self.details.take(draft, Label(opened, opened, plain(source).text), line)
                    opened = None
                elif not label or not self.details.labelled_line(draft, label, source, line):
                    left.append(source)
                    if not opens_list(source):
                        opened = None
                continue
            self.details.settle(draft, waiting)
            waiting = None
            for found in labels:
                previous = found
                if found.kind == "about":
                    left.append(source if len(labels) == 1 else f"{found.words}: {found.value}")
                    opened = None if _is_complete(found) else "about"
                elif found.kind in LIST_KINDS:
                    opened = found.kind
                    waiting = (found, line) if found.value else None
                elif not found.value:
                    opened = found.kind
                else:
                    opened = None
                    self.details.take(draft, found, line)
            if rest:
                left.append(rest)
        rows = [line for line, text in enumerate(block.lines, block.line) if text.startswith("|")]
        if rows:
            why = "a table without a proper header; kept in the description"
            self.details.problem(rows[0], why)
        text = "\n".join(left).strip()
        if text:
            draft.description.append(text)
        return opened, waiting

    # Lists

    def _list(self, draft: Draft, block: Block, kind: Kind | None, add_bullet: TakeBullet) -> None:
        if kind == "about":
            draft.description.append(self.document.text(block.line, block.end))
            return
        ticks = are_ticks(block)
        for bullet in block.bullets:
            if not bullet.blocks:
                continue
            if self._labelled_bullet(draft, bullet, kind, add_bullet):
                continue
            if kind in (None, "tasks"):
                add_bullet(bullet, ticks)
            else:
                self.details.claimed(draft, bullet, kind, ticks)

    def _labelled_bullet(
        self, draft: Draft, bullet: Bullet, under: Kind | None, add_bullet: TakeBullet
    ) -> bool:
        """Take a bullet like "- **Dependencies:** 1.1", with the list below it."""
        first = bullet.blocks[0]
        if first.kind != "paragraph" or under not in (None, "tasks"):
            return False
        labels, _ = labels_in(first.lines[0])
        if not labels:
            return False
        kind, nested = labels[0].kind, len(bullet.blocks) > 1
        plainly = not (draft.bullet or nested or first.lines[0].startswith(("**", "__")))
        if plainly and labels[0].value and kind in ("about", *LIST_KINDS):
            # "- Cost: count it per run" is work, "- **Cost:** 20 €" a remark.
            return False
        if kind == "about":
            draft.description.append(self.document.text(bullet.line, bullet.end))
        else:
            self._content(draft, bullet.blocks, add_bullet)
        return True

    def _bullet_item(self, bullet: Bullet, task: Draft, ticks: bool) -> None:
        """A bullet of a task: a line of its checklist, or a subtask if there is more to it."""
        first = bullet.blocks[0]
        if first.kind != "paragraph" or len(bullet.blocks) > 1 or label_lines(first):
            self._bullet_task(bullet, task, ticks, nested="checklist")
            return
        title = self._bullet_title(bullet)
        if title and (title.depends or title.name.kind in ("code", "dotted")):
            # Whatever waits for something, or can be waited for, is more than a line to tick.
            self._bullet_task(bullet, task, ticks, nested="checklist")
            return
        mark = entry_mark(" ".join(first.lines))
        if mark.text:
            task.checklist.append(entry(mark, ticks))

    def _bullet_task(self, bullet: Bullet, parent: Draft, ticks: bool, nested: str) -> None:
        """A task or subtask from a bullet; `nested` says what the bullets below it become."""
        title = self._bullet_title(bullet)
        if title is None:
            for block in bullet.blocks:
                if block.kind == "list":
                    for inner in block.bullets:
                        if inner.blocks:
                            self._bullet_task(inner, parent, ticks, nested)
                else:
                    parent.description.append(self.document.text(block.line, block.end))
            return
        task = self._draft(title, bullet.line, parent)
        task.bullet, task.ordinal = True, bullet.number
        if ticks and title.opening and title.box is None and not title.ended:
            task.mark = title.opening == "yes"

        def add_child(inner: Bullet, inner_ticks: bool) -> None:
            self._bullet_task(inner, task, inner_ticks, nested)

        def add_item(inner: Bullet, inner_ticks: bool) -> None:
            self._bullet_item(inner, task, inner_ticks)

        self._content(task, self._below(bullet), add_child if nested == "children" else add_item)

    def _bullet_title(self, bullet: Bullet) -> Title | None:
        first = bullet.blocks[0] if bullet.blocks else None
        if first is None or first.kind != "paragraph":
            return None
        lines = [first.lines[0], *(line for line in first.lines[1:] if not is_label_line(line))]
        title = read_title(" ".join(lines), self.codes)
        return title if title.text else None

    def _below(self, bullet: Bullet) -> list[Block]:
        """What stands under the text of a bullet, labelled lines of that text included."""
        first = bullet.blocks[0]
        lines = label_lines(first)
        labelled = [Block("paragraph", line, line + 1, [source]) for line, source in lines]
        return labelled + bullet.blocks[1:]


def _announcing(block: Block, following: Block | None) -> Block:
    """A paragraph before a list, with a colon behind a last line that is a mere label."""
    if following is None or following.kind != "list" or heading_kind(block.lines[-1]) is None:
        return block
    return replace(block, lines=[*block.lines[:-1], f"{block.lines[-1]}:"])


def _is_complete(label: Label) -> bool:
    """Whether a remark is all said, so that a list behind it is none of its."""
    said = bool(label.value) and not label.value.endswith((":", "："))
    return said and fold(label.words) in SAID_IN_A_LINE


def _ignore(bullet: Bullet, ticks: bool) -> None:
    """Bullets under a label inside a label are taken by the label."""


def _is_work(section: Section) -> bool:
    """Whether an unnumbered heading inside a task is a subtask or a piece of its description."""
    if section.sections or section.title.box is not None or section.title.ended:
        return True
    return any(
        block.kind == "list" or (block.kind == "paragraph" and has_labels(block))
        for block in section.blocks
    )
