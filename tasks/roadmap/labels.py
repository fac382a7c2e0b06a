"""Labelled lines: "**Dependencies:** 1.1", "Estimate: 4h | Agent: QA", "Depends on 2.3"."""

import re
from dataclasses import dataclass

from tasks.roadmap.inline import plain
from tasks.roadmap.vocabulary import KIND_OF, LONGEST_LABEL, Kind, fold


@dataclass(frozen=True)
class Label:
    """A label of a known kind, its words as written, and what stands behind it on its line."""

    kind: Kind
    words: str
    value: str


_LENGTH = f"{{1,{LONGEST_LABEL}}}"
_COLON = re.compile(rf"^[^\w\[]{{0,4}}([^:：\[\]\n]{_LENGTH}?)\s*[:：](?!//)\s*(.*)$")
_DASH = re.compile(rf"^[^\w\[]{{0,4}}([^:：\[\]\n]{_LENGTH}?)\s+[-–—]\s+(.+)$")
_WORDS_ONLY = re.compile(
    r"^[^\w\[]{0,4}((?:depends|dependent) on|blocked by|hängt ab von|dépend de|depende de)\s+(.+)$",
    re.IGNORECASE,
)
# The same for words that also begin sentences: only with nothing but numbers behind them.
_REFERENCE = (
    r"(?:(?:tasks?|phases?|milestones?|steps?|story|stories|issues?|tickets?|aufgaben?|tâches?)\s+)?"
    r"#?(?:[A-Z]{1,5}-?[0-9]+|(?<=[^\W\d_]\s)[0-9]+|(?<=#)[0-9]+|[0-9]+\.[0-9]+)(?:\.[0-9]+)*"
)
_NUMBERS_ONLY = re.compile(
    r"^[^\w\[]{0,4}(after|requires|needs|nach|après|nécessite)\s+"
    rf"({_REFERENCE}(?:\s*(?:,|&|-|–|and|und|et|to|bis)\s*{_REFERENCE})*)\.?$",
    re.IGNORECASE,
)
# Where a line holds several labels: "Estimate: 4h | Depends on: 1.1", "…, Agent: QA".
_NEXT = re.compile(rf"\s*(?:[|·•;,]|\s[-–—])\s+(?=[^:：|·•;,]{_LENGTH}[:：])")
_MAY_HAVE_LABEL = re.compile(
    r"[:：*]|__|\s[-–—]\s| on |blocked by| de | von |"
    r"^\W{0,4}(?:after|requires|needs|nach|après|nécessite) ",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\([^()]*\)[\s:：*_]*$")
_BOLD_START = re.compile(r"^\W{0,4}(?:\*\*|__)")


def labels_in(source: str) -> tuple[list[Label], str]:
    """The labels of one line of inline Markdown, and the rest of it that is no label's.

    Without a known label at its start a line has none: the rest is the line itself.
    """
    if not _MAY_HAVE_LABEL.search(source[: LONGEST_LABEL + 24]):
        return [], source
    undressed = plain(source)
    text = undressed.text
    if undressed.strong and (kind := heading_kind(text)):
        return [Label(kind, text.rstrip(" :："), "")], ""
    first = _label(text, bold=bool(_BOLD_START.match(source)))
    if first is None:
        return [], source
    found, rest = [first], []
    pieces = _NEXT.split(first.value)
    if len(pieces) > 1:
        found = [Label(first.kind, first.words, pieces[0])]
        for piece in pieces[1:]:
            label = _label(piece)
            if label:
                found.append(label)
            elif found and found[-1].kind in ("depends", "blocks"):
                found[-1] = Label(found[-1].kind, found[-1].words, f"{found[-1].value}, {piece}")
            else:
                rest.append(piece)
    return found, " | ".join(rest)


def heading_kind(text: str) -> Kind | None:
    """What a heading announces when it is a label ("#### Acceptance Criteria:")."""
    return KIND_OF.get(fold(text)) or KIND_OF.get(fold(_ASIDE.sub("", text)))


def opens_list(source: str) -> bool:
    """Whether a line announces what follows ("**Core Schema:**", "We need:")."""
    return plain(source).text.endswith((":", "："))


def is_label_line(source: str) -> bool:
    return bool(labels_in(source)[0])


def _label(text: str, bold: bool = False) -> Label | None:
    match = _COLON.match(text)
    if match is None and bold:
        match = _DASH.match(text)
    if match is None:
        match = _WORDS_ONLY.match(text)
    if match is None and (match := _NUMBERS_ONLY.match(text)):
        return Label("depends", match[1], match[2])
    if match is None:
        return None
    kind = heading_kind(match[1])
    if kind is None:
        return None
    value = match[2].strip()
    if value.endswith(")") and value.count("(") < value.count(")"):
        value = value[:-1].rstrip()
    return Label(kind, match[1].strip(), value)
