"""How a document looks from outside."""

import re

from django import template

register = template.Library()

HEADING = re.compile(r"^\s{0,3}#{1,6}\s.*$|^\s*>.*$", re.M)
FENCE = re.compile(r"^\s*(?:```|~~~).*$", re.M)
MARKS = re.compile(
    r"^\s{0,3}(?:[-*+]\s+(?:\[[ xX]\]\s+)?|\d+[.)]\s+)|!?\[([^\]]*)\]\([^)]*\)|[*`|~]+", re.M
)
RULE = re.compile(r"^\s*(?:[-=:|]\s*){3,}$", re.M)
FIRST_HEADING = re.compile(r"\A\s*#\s+([^\n]*)\n?")


@register.filter
def excerpt(text: str) -> str:
    """The beginning of a text in plain words: no headings, quotes or signs of Markdown."""
    body = HEADING.sub(" ", FENCE.sub(" ", RULE.sub(" ", text)))
    return " ".join(MARKS.sub(r" \1 ", body).split()) or " ".join(MARKS.sub(" ", text).split())


@register.filter
def without_title(text: str, title: str) -> str:
    """A text without the heading that only repeats the title above it."""
    first = FIRST_HEADING.match(text)
    if first and first.group(1).strip(" #").casefold() == title.strip().casefold():
        return text[first.end() :]
    return text
