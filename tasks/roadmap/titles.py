"""Reading a heading or a bullet as the title of a phase or task.

Plans put a lot into a title: "### ✅ 1.2 Set up CI (4-6 hours) (depends on 1.1)". What is no
title goes where it belongs.
"""

import re
from dataclasses import dataclass

from tasks.roadmap.estimates import take_hours
from tasks.roadmap.inline import Plain, marked, plain, without_end_mark, without_open_mark
from tasks.roadmap.labels import Label, labels_in
from tasks.roadmap.names import Name, read_name

LONGEST_TITLE = 200
_MOST_ENDINGS = 8

_SAYS_DEPENDS = (
    r"(?:(?:depends|dependent) on|blocked by|(?:hängt ab|abhängig) von|blockiert durch"
    r"|dépend d[eu]s?|depende d[eo]s?|dipende da|hangt af van|зависит от|depends\s*:)\s*:?\s*"
)
_LABELS = r"(?:dep(?:endencie)?s?|after|needs|requires)\s*:\s*"
# Words that also stand in titles for what they say.
_MAY_DEPEND = (
    r"(?:after|following|needs|requires|once|nach|braucht|benötigt|après|nécessite|después de|tras"
    r"|requiere|depois de|dopo|na|после)\s+"
)
_INSIDE = r"(?P<inside>[^()\[\]]+(?:\([^()]*\)[^()\[\]]*)?)"


def _dependency(words: str, in_brackets: str) -> re.Pattern[str]:
    """Those words with what they name at the end of a title, in brackets or behind a dash."""
    return re.compile(
        rf"\s*(?:[(\[]\s*(?:{in_brackets}){_INSIDE}[)\]]"
        rf"|(?:\s[-–—|]+|[,;])\s*{words}(?P<behind>.+))$",
        re.IGNORECASE,
    )


_DEPENDS = _dependency(_SAYS_DEPENDS, f"{_SAYS_DEPENDS}|{_LABELS}")
_PERHAPS = _dependency(_MAY_DEPEND, _MAY_DEPEND)
_CALENDAR = re.compile(
    r"\s*[(\[](?P<aside>(?:weeks?|days?|months?|sprints?|quarters?|q[1-4]|wochen?|semaines?|semanas?)"
    r"\b[^()\[\]]*)[)\]]$",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]{3,120})[)\]]$")
_LINKED = re.compile(r"\]\(|<https?://|https?://")


@dataclass(frozen=True)
class Title:
    """A title and all that was found around it.

    `box` is the checkbox (None without one), `ended` a done marker at the end, `opening` the
    kind of sign at the start (see `Marked`). `asides` belong into the description, `labels`
    stood in brackets ("(estimate: 2h, agent: QA)"). `perhaps` are dependencies only if they name
    a task, each with the part of the title that it is otherwise.
    """

    text: str
    name: Name
    box: bool | None = None
    ended: bool = False
    opening: str = ""
    hours: tuple[float, float] | None = None
    depends: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()
    perhaps: tuple[tuple[str, str], ...] = ()


def read_title(source: str, codes: frozenset[str], name: Name | None = None) -> Title:
    """Take apart one line of inline Markdown. `name` overrides the label that is found."""
    undressed = plain(source)
    outer = marked(undressed)
    label = name or read_name(outer.text, codes)
    inner = marked(Plain(label.title))
    text, ended, hours = inner.text, outer.ended or inner.ended, None
    if not text or text.startswith("("):
        # "Sprint 1 (2 weeks)" has no other name than its label.
        text = outer.text
    depends: list[str] = []
    perhaps: list[tuple[str, str]] = []
    asides: list[str] = []
    labels: list[Label] = []
    for _ in range(_MOST_ENDINGS):
        shorter, found = take_hours(text) if hours is None else (text, None)
        if found:
            hours = found
        elif match := _DEPENDS.search(text):
            shorter = text[: match.start()]
            depends.append((match["inside"] or match["behind"]).strip())
        elif (match := _BRACKETS.search(text)) and (inside := _all_labels(match[1])):
            shorter = text[: match.start()]
            labels = inside + labels
        elif match := _CALENDAR.search(text):
            shorter = text[: match.start()]
            asides.append(match["aside"])
        elif match := _PERHAPS.search(text):
            shorter = text[: match.start()]
            perhaps.append(((match["inside"] or match["behind"]).strip(), match[0]))
        else:
            shorter, now_ended = without_end_mark(text)
            ended = ended or now_ended
            if not now_ended:
                shorter, words = without_open_mark(text)
                asides += [words] if words else []
        if shorter == text or not shorter.strip():
            break
        text = shorter.strip()
    text = text.strip(" :：-–—").strip() if text.strip(" :：-–—") else text.strip()
    if _LINKED.search(source):
        asides.append(source.strip())
    if len(text) > LONGEST_TITLE:
        asides.insert(0, text)
        text = text[: LONGEST_TITLE - 1].rstrip() + "…"
    box = inner.box if outer.box is None else outer.box
    return Title(
        text,
        label,
        box,
        ended,
        outer.opening or inner.opening,
        hours,
        tuple(depends),
        tuple(asides),
        tuple(labels),
        tuple(perhaps),
    )


def _all_labels(text: str) -> list[Label]:
    """The labels that make up a remark in brackets; none if there is anything else in it."""
    labels, rest = labels_in(text)
    return labels if labels and not rest and all(label.value for label in labels) else []
