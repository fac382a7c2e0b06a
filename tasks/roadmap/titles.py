"""Reading a heading or a bullet as the title of a phase or task.

Plans put a lot into a title: "### ✅ 1.2 Set up CI (4-6 hours) (depends on 1.1)". What is no
title goes where it belongs.
"""

import re
from dataclasses import dataclass

from tasks.roadmap.estimates import take_hours
from tasks.roadmap.inline import Plain, marked, plain, without_end_mark
from tasks.roadmap.labels import Label, labels_in
from tasks.roadmap.names import Name, read_name

LONGEST_TITLE = 200
_MOST_ENDINGS = 8

_DEPENDS = re.compile(
    r"\s*(?:[(\[]\s*(?:(?:depends|dependent) on|blocked by|dep(?:endencie)?s?\s*:|after\s*:"
    r"|needs\s*:|requires\s*:)\s*:?\s*(?P<inside>[^()\[\]]+(?:\([^()]*\)[^()\[\]]*)?)[)\]]"
    r"|(?:\s[-–—|]+|[,;])\s*(?:depends on|blocked by|depends\s*:)\s*:?\s*(?P<behind>.+))$",
    re.IGNORECASE,
)
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
    stood in brackets ("(estimate: 2h, agent: QA)").
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
        else:
            shorter, now_ended = without_end_mark(text)
            ended = ended or now_ended
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
    )


def _all_labels(text: str) -> list[Label]:
    """The labels that make up a remark in brackets; none if there is anything else in it."""
    labels, rest = labels_in(text)
    return labels if labels and not rest and all(label.value for label in labels) else []
