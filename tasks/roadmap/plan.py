"""Which sections of a document are its phases, and what stands outside of them."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain

from tasks.roadmap.blocks import Block, Document
from tasks.roadmap.inline import plain
from tasks.roadmap.labels import labels_in
from tasks.roadmap.outline import Section, untitled
from tasks.roadmap.titles import read_title
from tasks.roadmap.vocabulary import (
    CONTAINER_WORDS,
    KIND_OF,
    STRONG_PHASE_WORDS,
    TASK_WORDS,
    fold,
)
from tasks.roadmap.wording import singular

PLAN = "Plan"
# "Overview by Phase" is about phases, "Final Phase" is one.
_ABOUT_PHASES = frozenset(
    ["by", "of", "each", "per", "every", "the", "all", "which", "next", "previous"]
)


@dataclass
class Plan:
    """The parts of a document.

    `phases` are sections whose content is tasks; `bullet_phases` says that the bullets of the
    only one are themselves the phases. `outside` are sections that are part of no phase.
    """

    title: str
    intro: list[Block]
    phases: list[Section]
    outside: list[Section]
    bullet_phases: bool = False
    as_tasks: bool = False
    front: list[str] = field(default_factory=list)


def find_plan(document: Document, root: Section, codes: frozenset[str]) -> Plan:
    """Decide what is a phase.

    Headings that say so ("Phase 1: …", "Sprint 2") decide, at the highest level on which
    there are several. Without such words it is the structure: a section called "Roadmap" or
    the document's title is looked into, and the sections right below it are the phases, or
    the tasks of a single phase where they are numbered like tasks, carry dependencies or
    criteria themselves, or where no section has anything below it. Without sections, the
    bullets are the tasks.
    """
    title, body = _title(root)
    named = title.title.text if title else ""
    if not named or fold(named) in CONTAINER_WORDS:
        named = _front_title(document) or named
    explicit = _explicit_phases(root)
    if explicit:
        if title in explicit:
            named = _front_title(document)
        intro = root.blocks + (title.blocks if title and title not in explicit else [])
        return Plan(named, intro, explicit, _outside(root, explicit, title))
    candidates = _candidates(body, codes)
    intro = root.blocks + (title.blocks if title else [])
    if not candidates:
        return _without_sections(named, intro, body, document)
    if not _below_phases(candidates, root) and _are_tasks(candidates, codes):
        phase = untitled(PLAN, candidates[0].line, candidates[-1].end)
        phase.sections = candidates
        return Plan(named, intro, [phase], _outside(root, candidates, title), as_tasks=True)
    words = {section.name.word for section in candidates if _has_work(section)} - {""}
    # "Step 3: Drive" with nothing below it is as much a phase as steps 1 and 2.
    phases = [section for section in candidates if _has_work(section) or section.name.word in words]
    if len(phases) == 1 and not phases[0].parts and _bullets_say_phase(phases[0].blocks):
        outside = _outside(root, phases, title)
        return Plan(named, intro, phases, outside, bullet_phases=True)
    return Plan(named, intro, phases, _outside(root, phases, title))


def _title(root: Section) -> tuple[Section | None, list[Section]]:
    """The heading that names the whole document, and the sections of the document."""
    sections = root.sections
    if not sections or sections[0].says_phase or sections[0].name.says_task:
        return None, sections
    first = sections[0]
    if len(sections) == 1 and (first.sections or first.level == 1):
        return first, first.sections
    if sum(section.level == 1 for section in sections) == 1 and first.level == 1:
        return first, first.sections + sections[1:]
    if first.level == 1 and not first.sections and not first.has_lists and not first.label:
        return first, sections[1:]
    return None, sections


def _front_title(document: Document) -> str:
    for line in document.front_matter[1:-1]:
        key, _, value = line.replace("=", ":", 1).partition(":")
        if key.strip().lower() == "title":
            return value.strip().strip("\"'")[:200]
    return ""


def _explicit_phases(root: Section) -> list[Section]:
    sections = list(root.walk())
    levels = Counter(section.level for section in sections if section.says_phase)
    if not levels:
        return []
    several = [level for level, count in levels.items() if count > 1]
    level = min(several or levels)
    said = [section for section in sections if section.level == level and section.says_phase]
    word = said[0].name.word
    said = [section for section in said if section.name.word == word]
    if len(said) == 1 and not _stands_alone(said[0], sections):
        return []
    numbers: set[str] = set()
    phases = []
    for section in sections:
        if section.level != level or not (section in said or _ends_with(section, word)):
            continue
        # "Phase 2" once more, further down and without work, speaks about the phase.
        if not _has_work(section) and (section.name.number in numbers or section not in said):
            continue
        numbers.add(section.name.number)
        phases.append(section)
    return phases


def _stands_alone(phase: Section, sections: list[Section]) -> bool:
    """Whether the only section that calls itself a phase is the only one with work in it."""
    same = [section for section in sections if section.level == phase.level]
    return _has_work(phase) and not any(
        _has_work(section) for section in same if section is not phase and section.label is None
    )


def _ends_with(section: Section, word: str) -> bool:
    """Whether a heading is a phase without a number: "Final Phase", "Phase: Polish"."""
    words = section.source.strip("*_ #").split()
    if len(words) < 2 or section.label:
        return False
    if fold(words[0]) == word and words[0].endswith(":"):
        return True
    return fold(words[-1]) == word and fold(words[-2]) not in _ABOUT_PHASES


def _has_work(section: Section) -> bool:
    return section.has_lists or bool(section.parts)


def _candidates(sections: list[Section], codes: frozenset[str]) -> list[Section]:
    """The sections that may be phases, those inside the one called "Roadmap" if there is one."""
    candidates = [section for section in sections if not _is_about(section)]
    containers = [
        section
        for section in candidates
        if fold(section.title.text) in CONTAINER_WORDS and _has_work(section)
    ]
    if len(containers) == 1:
        inside = [part for part in containers[0].parts if not _is_about(part)]
        if any(_has_work(part) for part in inside) or _are_tasks(inside, codes):
            return _candidates(inside, codes)
        if not inside:
            return containers
    return _counted(candidates)


def _is_about(section: Section) -> bool:
    kind = section.label or KIND_OF.get(fold(section.title.text))
    if kind == "tasks":
        return False
    return kind is not None and not (section.name.number and _has_work(section) and kind != "about")


def _counted(candidates: list[Section]) -> list[Section]:
    """Where sections are numbered, those before the first and after the last one are none."""
    numbered = [index for index, section in enumerate(candidates) if section.name.number]
    if len(numbered) < 2:
        return candidates
    return candidates[numbered[0] : numbered[-1] + 1]


def _are_tasks(candidates: list[Section], codes: frozenset[str]) -> bool:
    half = len(candidates) / 2
    as_tasks = sum(
        section.name.kind == "dotted"
        or section.name.word in TASK_WORDS
        or (section.name.kind == "code" and not _has_codes_below(section, codes))
        for section in candidates
    )
    if as_tasks > half:
        return True
    if any(section.parts for section in candidates):
        return False
    if sum(_has_codes_below(section, codes) for section in candidates) >= half:
        return False
    if sum(_describes_itself(section) for section in candidates) >= half:
        return True
    return not any(section.has_lists for section in candidates)


def _below_phases(candidates: list[Section], root: Section) -> bool:
    """Whether the heading above says that they are phases: "Milestones", "Sprints"."""
    above = next((one for one in root.walk() if candidates[0] in one.sections), None)
    if above is None or not any(_has_work(section) for section in candidates):
        return False
    word = fold(above.title.text)
    return word != singular(word) and singular(word) in STRONG_PHASE_WORDS


def _has_codes_below(section: Section, codes: frozenset[str]) -> bool:
    """Whether "WP1" is a phase: its sections or its bullets are named by codes ("T1.1")."""
    if any(part.name.kind == "code" for part in section.parts):
        return True
    lines = [
        bullet.blocks[0].lines[0]
        for block in section.blocks
        if block.kind == "list"
        for bullet in block.bullets
        if _starts_with_text(bullet.blocks) and not labels_in(bullet.blocks[0].lines[0])[0]
    ]
    return bool(lines) and all(read_title(line, codes).name.kind == "code" for line in lines)


def _describes_itself(section: Section) -> bool:
    """Whether a section has dependencies or criteria of its own, as a task has."""
    telling = ("depends", "criteria", "needs")
    if any(part.label in telling for part in section.sections):
        return True
    for block in section.blocks:
        lines = list(block.lines)
        lines += [
            bullet.blocks[0].lines[0]
            for bullet in block.bullets
            if _starts_with_text(bullet.blocks)
        ]
        if any(label.kind in telling for line in lines for label in labels_in(line)[0]):
            return True
    return False


def _starts_with_text(blocks: list[Block]) -> bool:
    return bool(blocks) and blocks[0].kind == "paragraph"


def _without_sections(
    named: str, intro: list[Block], body: list[Section], document: Document
) -> Plan:
    """A plan of nothing but bullets: one phase, unless the bullets are phases themselves."""
    lists = [block for block in intro if block.kind == "list"]
    if not lists:
        return Plan(named, intro, [], body)
    first = intro.index(lists[0])
    # A line that announces the list ("Tasks:") goes with it.
    while (
        first
        and intro[first - 1].kind == "paragraph"
        and plain(intro[first - 1].lines[-1]).text.endswith(":")
    ):
        first -= 1
    phase = untitled(PLAN, lists[0].line, len(document.source) + 1)
    phase.blocks = intro[first:]
    return Plan(named, intro[:first], [phase], body, bullet_phases=_bullets_say_phase(phase.blocks))


def _bullets_say_phase(blocks: list[Block]) -> bool:
    """Whether every top bullet calls itself a phase ("- Phase 1: Foundation")."""
    lists = [block for block in blocks if block.kind == "list"]
    if lists and all(block.grouped for block in lists):
        return True
    lines = (
        bullet.blocks[0].lines[0]
        for block in lists
        for bullet in block.bullets
        if _starts_with_text(bullet.blocks)
    )
    first = next(lines, None)
    if first is None:
        return False
    return all(read_title(line, frozenset()).name.says_phase for line in chain([first], lines))


def _outside(root: Section, inside: list[Section], title: Section | None) -> list[Section]:
    """The highest sections that neither are nor contain any of `inside`."""
    chosen = {id(section) for section in inside}
    outside: list[Section] = []

    def contains(section: Section) -> bool:
        return any(id(below) in chosen for below in section.walk())

    def look(sections: list[Section]) -> None:
        for section in sections:
            if id(section) in chosen:
                continue
            if section is title or contains(section):
                if section is not title and section.blocks:
                    outside.append(_own_text(section))
                look(section.sections)
            else:
                outside.append(section)

    look(root.sections)
    return outside


def _own_text(section: Section) -> Section:
    """A section without those below it."""
    end = section.sections[0].line if section.sections else section.end
    return Section(
        section.level,
        section.line,
        end,
        section.source,
        section.title,
        section.label,
        section.blocks,
    )
