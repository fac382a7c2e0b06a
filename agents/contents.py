"""What went into a step and what came out of it, cut into pieces that read well.

Arguments and results are JSON for the most part, with now and then a whole document in one
of the values. Such a value is taken out and read as the Markdown that it is.
"""

import json
from dataclasses import dataclass
from typing import Any

# A value longer than this, or of several lines, is a text of its own.
LONG = 160
# The most of one piece that is shown at first, in characters.
CLIP = 2_500
# Beyond this a text is shown as it stands: rendering it would take longer than reading it.
PLAIN = 100_000


@dataclass(frozen=True)
class Piece:
    """One piece of a step: JSON as it is printed, or a text to be rendered."""

    text: str
    name: str = ""
    is_json: bool = False
    hidden: int = 0  # characters that were cut off

    @property
    def plain(self) -> bool:
        """Whether it is shown letter by letter instead of rendered."""
        return self.is_json or len(self.text) > PLAIN


def pieces_of(value: Any, *, whole: bool = False) -> list[Piece]:
    """A value of JSON in pieces: first what is short, then each long text by its name."""
    if isinstance(value, str):
        return [_piece(value, whole=whole)] if value else []
    long: dict[str, str] = {}
    if isinstance(value, dict):
        long = {name: text for name, text in value.items() if _is_long(text)}
        value = {name: rest for name, rest in value.items() if name not in long}
        if not value and long:
            return [_piece(text, name, whole=whole) for name, text in long.items()]
    short = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    first = _piece(short, is_json=True, whole=whole)
    return [first, *(_piece(text, name, whole=whole) for name, text in long.items())]


def pieces_of_text(text: str, *, whole: bool = False) -> list[Piece]:
    """What a tool answered: its pieces if it is a JSON object or list, else a text."""
    if text[:1] in "{[":
        try:
            return pieces_of(json.loads(text), whole=whole)
        except ValueError:
            pass
    return pieces_of(text, whole=whole)


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and (len(value) > LONG or "\n" in value.strip())


def _piece(text: str, name: str = "", *, is_json: bool = False, whole: bool = False) -> Piece:
    if whole or len(text) <= CLIP + CLIP // 4:
        return Piece(text, name, is_json)
    return Piece(text[:CLIP], name, is_json, hidden=len(text) - CLIP)
