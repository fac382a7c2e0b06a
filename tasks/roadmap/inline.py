"""What a piece of Markdown says without its dress, and the marks that say it is done."""

import re
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt

from tasks.roadmap.vocabulary import DONE_WORDS, OPEN_WORDS, fold

_markdown = MarkdownIt("commonmark").enable("strikethrough")
# Brackets alone are text: without link definitions only "](" makes a link.
_DRESSED = re.compile(r"[*_`<&\\~]|\]\(")
# Emphasis and links are searched in time that grows faster than the text; nobody writes a
# title or an item of this length.
_LONGEST = 1000
# Nor does anybody set more marks than this at one end of a line.
_MOST_MARKS = 8


@dataclass(frozen=True)
class Plain:
    """Text without emphasis and links; code keeps its backticks."""

    text: str
    strong: bool = False
    struck: bool = False


def plain(source: str) -> Plain:
    """Undress one line of inline Markdown and say whether all of it was bold or struck."""
    source = source.strip()
    if len(source) > _LONGEST or not _DRESSED.search(source):
        return Plain(" ".join(source.split()))
    return _undress(source)


@lru_cache(maxsize=1024)
def _undress(source: str) -> Plain:
    tokens = _markdown.parseInline(source)[0].children or []
    depth = {"strong": 0, "s": 0}
    covered = {"strong": True, "s": True}
    parts: list[str] = []
    for token in tokens:
        name, _, edge = token.type.rpartition("_")
        if edge in ("open", "close") and name in depth:
            depth[name] += token.nesting
            continue
        if token.type == "text":
            piece = token.content
        elif token.type == "code_inline":
            piece = f"`{token.content}`"
        elif token.type == "image":
            piece = token.content
        elif token.type in ("softbreak", "hardbreak"):
            piece = " "
        else:
            continue
        parts.append(piece)
        if piece.strip(" :"):
            for mark in depth:
                covered[mark] = covered[mark] and depth[mark] > 0
    text = " ".join("".join(parts).split())
    return Plain(text, strong=bool(text) and covered["strong"], struck=bool(text) and covered["s"])


@dataclass(frozen=True)
class Marked:
    """A line without its marks.

    `box` is what its checkbox says, None without one. `opening` is the sign it starts with:
    "yes" for ✅ and its like, "no" for ⬜, ❌, 🚧; only the rest of a list shows whether such
    a sign is a tick or a bullet. `ended` is true when a done marker ends the line or all of it
    is struck through.
    """

    text: str
    box: bool | None = None
    opening: str = ""
    ended: bool = False

    @property
    def done(self) -> bool:
        return bool(self.box) or self.ended

    @property
    def boxed(self) -> bool:
        return self.box is not None or self.ended


_BOX = re.compile(r"\[(?P<mark>[ xX✓✔☑✅~/>!?-]?)\](?:\s+|$)")
_BALLOT = re.compile(r"(?P<mark>[☐☑☒🗹])\ufe0f?\s*")
_YES = re.compile(r"[✅✔✓]\ufe0f?\s*")
_NO = re.compile(r"(?:[⬜❌🔲◻⏳⌛🚧🔄⏸🟡🔴⚪⭕✗✘]\ufe0f?|🏗️?)\s*")
_SIGN = re.compile(r"[✅✔✓⬜❌🔲◻⏳⌛🚧🔄⏸🟡🔴⚪⭕✗✘🏗]")
_END = re.compile(r"\s*(?:[✅✔✓☑]\ufe0f?|\[[xX]\])\s*$")
_OPEN_END = re.compile(
    r"\s*(?:[(\[](?P<words>[^()\[\]]{1,24})[)\]]|[⬜🔲◻⏳⌛🚧🔄⏸🟡🔴⚪⭕🔜]\ufe0f?)\s*$"
)
_MAY_END = re.compile(r"[✅✔✓☑\ufe0f\])\w!]$")
_END_WORD = re.compile(
    r"\s*(?:[(\[]([^()\[\]]{1,24})[)\]]|\s[-–—]\s+(\S{1,16})|[✅✔✓☑]\ufe0f?\s*(\S{1,16}))$"
)


def marked(source: Plain) -> Marked:
    """Take a line's marks of being done (or not) from its two ends."""
    text, box, opening = source.text, None, ""
    for _ in range(_MOST_MARKS):
        if match := _BOX.match(text):
            box = match["mark"] in tuple("xX✓✔☑✅")
        elif match := _BALLOT.match(text):
            box = match["mark"] != "☐"
        elif match := _YES.match(text):
            opening = opening or "yes"
        elif match := _NO.match(text):
            opening = opening or "no"
        else:
            break
        text = text[match.end() :]
    text, ended = without_end_mark(text)
    return Marked(text, box, opening, ended or source.struck)


def may_open_with_sign(source: str) -> bool:
    """Whether a look at the start of a line is worth while."""
    return bool(_SIGN.search(source[:12]))


def without_open_mark(text: str) -> tuple[str, str]:
    """A title without a marker at its end that it is not done, and the words of that marker.

    "🔄", "⏳", "[IN PROGRESS]", "(planned)".
    """
    match = _OPEN_END.search(text[-40:])
    if match is None or (match["words"] and fold(match["words"]) not in OPEN_WORDS):
        return text, ""
    rest = text[: len(text) - len(match[0])].rstrip()
    return (rest, match["words"] or "") if rest else (text, "")


def without_end_mark(text: str) -> tuple[str, bool]:
    """A line without the marker that ends it: "✅", "[x]", "(done)", "- completed"."""
    ended = False
    for _ in range(_MOST_MARKS):
        if not _MAY_END.search(text[-2:]):
            break
        match = _END.search(text[-8:])
        if match is None:
            match = _END_WORD.search(text[-40:])
            word = next((group for group in match.groups() if group), "") if match else ""
            if match is None or fold(word) not in DONE_WORDS:
                break
        rest = text[: len(text) - len(match[0])].rstrip()
        if not rest:
            break
        text, ended = rest, True
    return text, ended
