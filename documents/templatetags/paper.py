"""How a document looks from outside."""

import re

from django import template

register = template.Library()

MARKS = re.compile(
    r"^\s{0,3}(?:#{1,6}\s+|>\s?|[-*+]\s+(?:\[[ xX]\]\s+)?|\d+[.)]\s+)|[*_`|~]+", re.M
)
RULE = re.compile(r"^\s*(?:[-=:|]\s*){3,}$", re.M)


@register.filter
def excerpt(text: str) -> str:
    """The beginning of a text in plain words, without the signs of Markdown."""
    # A heading says what the title says.
    body = re.sub(r"\A\s*#\s[^\n]*\n", "", text)
    return " ".join(MARKS.sub(" ", RULE.sub(" ", body)).split())
