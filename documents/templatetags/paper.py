"""How a document looks from outside."""

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from documents.search import BEGIN, END

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
def found(text: str) -> SafeString:
    """An excerpt with what was looked for marked in it, and without signs of Markdown."""
    plain = " ".join(MARKS.sub(r" \1 ", RULE.sub(" ", text)).split())
    html = str(escape(plain)).replace(BEGIN, "<mark>").replace(END, "</mark>")
    # Safe: escaped, and of the marks there are as many as the index put in, in their order.
    return mark_safe(html)


@register.filter
def without_title(text: str, title: str) -> str:
    """A text without the heading that only repeats the title above it."""
    first = FIRST_HEADING.match(text)
    if first and first.group(1).strip(" #").casefold() == title.strip().casefold():
        return text[first.end() :]
    return text
