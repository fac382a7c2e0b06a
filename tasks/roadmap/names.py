"""How headings and bullets name themselves: "Phase 2: …", "1.3 …", "[T-7] …", "#12 …"."""

import re
from dataclasses import dataclass
from typing import Literal

from tasks.roadmap.vocabulary import PHASE_WORDS, TASK_WORDS, fold

NumberKind = Literal["", "dotted", "simple", "code"]

_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50}
_COUNT = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]

_LEADING_SIGNS = re.compile(r"^(?![#(\[`\"'@./$~])[^\w]+")
_DOTTED = re.compile(
    r"[(\[]?(?P<number>(?:[0-9]{1,9}|[A-Z])(?:\.[0-9]{1,9})+[a-z]?)[)\]]?[.:)]?(?:\s*[-–—:：|]\s*|\s+|$)"
)
_SIMPLE = re.compile(r"\(?(?P<number>[0-9]{1,9})(?:[.:)]+\s+|：\s*|\s+[-–—|:]\s+)(?=\S)")
_LETTERED = re.compile(r"\(?(?P<number>[A-Z]|[IVX]{2,5})[.)]\s+(?=\S)")
_BARE = re.compile(r"(?P<number>[0-9]{1,3})\s+(?=\w)")
_HASH = re.compile(r"#(?P<number>[0-9]{1,9})\b\s*[-–—:.)|]*\s*")
_CODE = re.compile(
    r"(?:\[(?P<boxed>[A-Za-z][A-Za-z0-9]{0,11}-?[0-9]{1,9}(?:\.[0-9]+)*)\]\s*[-–—:|]*"
    r"|(?P<bare>[A-Z][A-Za-z]{0,9}-?[0-9]{1,9}(?:\.[0-9]+)*)(?::|\s+[-–—|]|\.)(?=\s))\s*"
)
# "T1.2 Report" and "WP3 Research", without a mark behind; "V1.0 Release" and "Q1 2026" are words.
_SPACED_CODE = re.compile(r"(?P<code>(?!V[0-9])[A-Z]{1,5}-?[0-9]{1,4}(?:\.[0-9]+)*)\s+(?=[^\W\d])")
_WORDED = [
    re.compile(
        rf"\[?(?P<word>{words})(?:\s*[#№]?\s*(?P<number>[0-9]{{1,9}}(?:\.[0-9]{{1,9}})*[A-Za-z]?)"
        rf"|\s+(?P<letters>[A-Za-z]{{1,8}}))(?![\w.][\w])"
        rf"(?P<gap>\s*[\])]?\s*(?:[-–—:：.)|→>·•]+|$|(?=[(\[]))\s*|\s*\]\s*|\s+)"
    )
    for words in (r"[^\W\d_]+", r"[^\W\d_]+[ -][^\W\d_]+")
]
# "Phase 0-1 Success" and "Phases 1 and 2" speak about phases; they are none.
_SEVERAL = re.compile(
    r"[0-9]+(?:[-–—/&+]|\s(?:to|and|or|through|und|et|y)\s)[0-9]"
    r"|[0-9]+\s[-–—/&+]\s[0-9]+\s*(?:[:：(]|$)"
)
_UNIT_FOLLOWS = re.compile(
    r"(?:hours?|hrs?|days?|weeks?|minutes?|mins?|seconds?|ms|[kmgt]i?b|times|[gm]hz|million)\b|%",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Name:
    """A title and the label in front of it.

    `word` is the folded noun of the label ("phase", "task", "issue"), `number` is "2", "1.3",
    "T-7" or "B", as `kind` says.
    """

    title: str
    word: str = ""
    number: str = ""
    kind: NumberKind = ""

    @property
    def says_phase(self) -> bool:
        return self.word in PHASE_WORDS and bool(self.number) and self.kind != "dotted"

    @property
    def says_task(self) -> bool:
        return self.word in TASK_WORDS and bool(self.number)

    def within(self, other: "Name") -> bool:
        """Whether the number puts this below `other`, as 1.2 is below 1."""
        return (
            self.kind == "dotted"
            and other.kind in ("simple", "dotted")
            and self.number.startswith(other.number + ".")
        )


def read_name(text: str, codes: frozenset[str] = frozenset()) -> Name:
    """Split a heading or bullet into label and title.

    `codes` are the prefixes that the document uses for more than one label ("T-", "US"): an
    unbracketed "SHA-256: …" is otherwise part of a title. With a space behind it, a prefix is
    one that numbers as headings do, so that "WP1 Research" needs no mark behind its label.
    """
    text = _LEADING_SIGNS.sub("", text).strip()
    found = _worded(text) or _hash(text) or _code(text, codes) or _dotted(text) or _simple(text)
    return found or Name(text)


def bare_number(text: str) -> str:
    """The number of "1 Foundation": a label only where the neighbours count along with it."""
    match = _BARE.match(_LEADING_SIGNS.sub("", text))
    return match["number"] if match else ""


def with_bare_number(text: str) -> Name:
    text = _LEADING_SIGNS.sub("", text)
    match = _BARE.match(text)
    return Name(text[match.end() :].strip(), "", match["number"], "simple") if match else Name(text)


def code_prefix(code: str) -> str:
    return code.rstrip("0123456789.")


def _worded(text: str) -> Name | None:
    for pattern in _WORDED:
        match = pattern.match(text)
        if match is None:
            continue
        word = fold(match["word"])
        if word not in PHASE_WORDS and word not in TASK_WORDS:
            continue
        number = match["number"]
        if number is None:
            number = _counted(match["letters"])
            # "Phase Two" and "Part II" count; "Phase A" only with a mark behind it.
            marked_off = match["gap"].strip() or match.end() == len(text)
            if not number or (number == match["letters"] and not marked_off):
                continue
        elif _SEVERAL.match(text, match.start("number")):
            return None
        title = text[match.end() :].strip()
        return Name(title, word, number, "dotted" if "." in number else "simple")
    return None


def _counted(written: str) -> str:
    """Words, Roman numerals and capital letters as a number; "" when it is none of them."""
    low = written.lower()
    if low in _COUNT:
        return str(_COUNT.index(low) + 1)
    if written.isupper() and set(low) <= set(_ROMAN) and (len(low) > 1 or low in "ivx"):
        values = [_ROMAN[letter] for letter in low]
        pairs = zip(values, [*values[1:], 0], strict=True)
        return str(sum(-value if value < after else value for value, after in pairs))
    return written if len(written) == 1 and written.isupper() else ""


def _hash(text: str) -> Name | None:
    match = _HASH.match(text)
    return Name(text[match.end() :].strip(), "#", match["number"], "simple") if match else None


def _code(text: str, codes: frozenset[str]) -> Name | None:
    match = _CODE.match(text)
    if match is None:
        match = _SPACED_CODE.match(text)
        if match is None or f"{code_prefix(match['code'])} " not in codes:
            return None
        return Name(text[match.end() :].strip(), "", match["code"], "code")
    if match["bare"] and code_prefix(match["bare"]) not in codes:
        return None
    return Name(text[match.end() :].strip(), "", match["boxed"] or match["bare"], "code")


def _dotted(text: str) -> Name | None:
    match = _DOTTED.match(text)
    if match is None or _UNIT_FOLLOWS.match(text, match.end()):
        return None
    return Name(text[match.end() :].strip(), "", match["number"], "dotted")


def _simple(text: str) -> Name | None:
    match = _SIMPLE.match(text)
    if match:
        return Name(text[match.end() :].strip(), "", match["number"], "simple")
    match = _LETTERED.match(text)
    number = _counted(match["number"]) if match else ""
    return Name(text[match.end() :].strip(), "", number, "simple") if match and number else None
