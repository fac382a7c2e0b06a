"""A document as sections within sections."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from core.errors import Invalid
from tasks.roadmap.blocks import Block, Document
from tasks.roadmap.inline import plain
from tasks.roadmap.labels import heading_kind, is_label_line, opens_list
from tasks.roadmap.names import Name, bare_number, read_name, with_bare_number
from tasks.roadmap.titles import Title, read_title
from tasks.roadmap.vocabulary import STRONG_PHASE_WORDS, Kind

MAX_HEADINGS = 5_000

# Lines in bold that number a phase or task stand below every real heading.
_BOLD_PHASE, _BOLD_TASK = 7, 8
_BOLD_START = re.compile(r"^(\*\*|__)(.{1,200}?)\1")
_LONGEST_UNMARKED = 120
# Nothing behind the bold but remarks and marks: what goes on is a paragraph.
_COUNTED_IN_BOLD = re.compile(
    r"^\s{0,3}(\*\*|__)([0-9]{1,3})[.)]\s[^*_]{1,200}?\1\W*(?:\([^()]*\)\W*)*$"
)
_CODE_AT_START = re.compile(
    r"^[\s>#*+\-0-9.]{0,40}(?:\[[ xX]\]\s*)?[*_~\[]{0,3}"
    r"([A-Z][A-Za-z]{0,9}-?)([0-9]{1,9}(?:\.[0-9]+)*)\b",
    re.MULTILINE,
)
_CODE_IN_HEADING = re.compile(
    r"^(?:#{1,6}\s+|\s*[-*+]\s+(?=(?:\[[ xX]\]\s*)?(?:\*\*|__)))(?:\[[ xX]\]\s*)?[*_]{0,3}"
    r"([A-Z]{1,5}-?)([0-9]{1,4}(?:\.[0-9]+)*)[*_]{0,3}\s+[^\W\d]",
    re.MULTILINE,
)


@dataclass(eq=False)
class Section:
    """A heading, what stands under it, and the sections below it.

    `label` is the kind of an unnumbered heading that only announces a part of its parent
    ("#### Acceptance Criteria"). `end` is the line behind its last one.
    """

    level: int
    line: int
    end: int
    source: str
    title: Title
    label: Kind | None = None
    blocks: list[Block] = field(default_factory=list)
    sections: list["Section"] = field(default_factory=list)

    @property
    def name(self) -> Name:
        return self.title.name

    @property
    def says_phase(self) -> bool:
        return self.name.says_phase and self.name.word in STRONG_PHASE_WORDS

    @property
    def parts(self) -> list["Section"]:
        """The sections below it that are more than labels; a "Tasks" heading is looked into."""
        found: list[Section] = []
        for section in self.sections:
            if section.label == "tasks":
                found += section.parts
            elif section.label is None:
                found.append(section)
        return found

    @property
    def has_lists(self) -> bool:
        """Whether it has bullets that may be work: its own, or those under "Tasks"."""
        own = any(block.kind == "list" for block in self.blocks)
        return own or any(part.has_lists for part in self.sections if part.label == "tasks")

    def walk(self) -> Iterator["Section"]:
        for section in self.sections:
            yield section
            yield from section.walk()


def shared_codes(text: str) -> frozenset[str]:
    """The prefixes of labels like "T-7" or "US12" that at least two lines start with.

    Those that number headings or stand in bold ("## WP1 Research", "- **T2** Trial"), each
    number once, are there a second time with a space behind them.
    """
    numbers: dict[str, set[str]] = {}
    for prefix, number in _CODE_AT_START.findall(text):
        numbers.setdefault(prefix, set()).add(number)
    headings: dict[str, list[str]] = {}
    for prefix, number in _CODE_IN_HEADING.findall(text):
        headings.setdefault(prefix, []).append(number)
    shared = {prefix for prefix, found in numbers.items() if len(found) > 1}
    spaced = {
        f"{prefix} " for prefix, found in headings.items() if len(found) == len(set(found)) > 1
    }
    return frozenset(shared | spaced)


def untitled(name: str, line: int, end: int) -> Section:
    """A section that the document does not have itself."""
    return Section(0, line, end, name, Title(name, Name(name)))


def read_outline(document: Document, codes: frozenset[str]) -> Section:
    """The root of all sections; its blocks are what stands before the first heading."""
    end = len(document.source) + 1
    root = untitled("", 1, end)
    stack, headings = [root], 0
    unmarked = _unmarked_headings(document, codes)
    for block in document.blocks:
        for piece in _with_bold_headings(block, codes, unmarked):
            if piece.kind != "heading":
                stack[-1].blocks.append(piece)
                continue
            headings += 1
            if headings > MAX_HEADINGS:
                raise Invalid(
                    f"The file has more than {MAX_HEADINGS:,} headings.",
                    field="file",
                    code="too_large",
                )
            section = _section(piece, codes, end)
            while stack[-1].level >= section.level and not _belongs(section, stack[-1]):
                stack.pop().end = section.line
            stack[-1].sections.append(section)
            stack.append(section)
    _number_neighbours(root)
    return root


def _section(block: Block, codes: frozenset[str], end: int) -> Section:
    source = " ".join(block.lines)
    title = read_title(source, codes)
    if not title.text:
        title = replace(title, text=plain(source).text or "Untitled")
    label = None if title.name.number else heading_kind(title.text)
    return Section(block.level, block.line, end, source, title, label)


def _belongs(section: Section, above: Section) -> bool:
    """Whether numbers put a section below one whose heading is no bigger than its own.

    "## 1.1 Setup" after "## Phase 1", or "## Task 1" after it.
    """
    if section.name.within(above.name):
        return True
    return section.level == above.level and section.name.says_task and above.says_phase


def _unmarked_headings(document: Document, codes: frozenset[str]) -> dict[int, int]:
    """Lines of text that count like headings, and the level on which each stands.

    "**1. Create the API** (2 days)", "**2. …**"; in a plan that has no headings at all, but
    perhaps a title, "Phase 1: Pack", "M2 - Load" and "1.3 Load the van" as well; and "1.3 …" below
    a heading that is numbered 1.
    """
    bold: dict[int, str] = {}
    plainly: dict[int, Name] = {}
    headings = sum(block.kind == "heading" and not block.underlined for block in document.blocks)
    above = Name("")
    for block in document.blocks:
        if block.kind == "heading":
            above = read_name(plain(" ".join(block.lines)).text, codes)
        if block.kind != "paragraph":
            continue
        for line, source in enumerate(block.lines, block.line):
            if match := _COUNTED_IN_BOLD.match(source):
                bold[line] = match[2]
            elif len(source) <= _LONGEST_UNMARKED and source[-1:] not in ".,;":
                name = read_name(source, codes)
                counts = name.number and (name.word or name.kind != "simple") and name.title
                if counts and (headings < 2 or name.within(above)):
                    plainly[line] = name
    found: dict[int, int] = {}
    if len(set(bold.values())) > 1:
        found = dict.fromkeys(bold, _BOLD_TASK)
    if len({(name.word, name.number) for name in plainly.values()}) > 1:
        found |= {
            line: _BOLD_PHASE if name.word in STRONG_PHASE_WORDS else _BOLD_TASK
            for line, name in plainly.items()
        }
    return found


def _with_bold_headings(
    block: Block, codes: frozenset[str], unmarked: dict[int, int]
) -> list[Block]:
    """The block itself, as a paragraph if it only looks like a heading, or the reverse."""
    if block.kind == "heading":
        if block.underlined and (
            len(block.lines) > 1 or is_label_line(block.lines[0]) or opens_list(block.lines[0])
        ):
            # A row of dashes right below a paragraph is meant as a rule.
            return [Block("paragraph", block.line, block.end - 1, block.lines)]
        return [block]
    if block.kind != "paragraph":
        return [block]
    pieces: list[Block] = []
    for line, source in enumerate(block.lines, block.line):
        level = _bold_level(source, codes) or unmarked.get(line, 0)
        if level:
            pieces.append(Block("heading", line, line + 1, [source], level))
        elif pieces and pieces[-1].kind == "paragraph":
            pieces[-1].lines.append(source)
            pieces[-1].end += 1
        else:
            pieces.append(Block("paragraph", line, line + 1, [source]))
    return pieces


def _bold_level(source: str, codes: frozenset[str]) -> int:
    """The level of a line that opens with a number in bold ("**1.1 Setup** (4h)"), else 0."""
    bold = _BOLD_START.match(source)
    if bold is None or is_label_line(source):
        return 0
    name = read_name(plain(bold[2]).text, codes)
    if not name.number or (name.kind == "simple" and not name.word):
        return 0
    if not name.title and not plain(source[bold.end() :]).text.strip(" :–—-"):
        return 0
    return _BOLD_PHASE if name.says_phase and name.word in STRONG_PHASE_WORDS else _BOLD_TASK


def tick_headings(sections: list[Section]) -> None:
    """Let ✅ before headings count as ticks if others of the plan open with ⬜ or 🚧."""
    if {"yes", "no"} <= {section.title.opening for section in sections}:
        for section in sections:
            if section.title.opening and section.title.box is None:
                section.title = replace(section.title, box=section.title.opening == "yes")


def _number_neighbours(section: Section) -> None:
    """Read "1 Foundation", "2 Core", … as numbered where neighbours count along."""
    bare = [
        (part, bare_number(part.title.text)) for part in section.sections if not part.name.number
    ]
    counted = [(part, number) for part, number in bare if number]
    numbers = [int(number) for _, number in counted]
    if len(numbers) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        for part, _ in counted:
            name = with_bare_number(part.title.text)
            part.title = read_title(part.source, frozenset(), name)
            part.label = None
    for part in section.sections:
        _number_neighbours(part)
