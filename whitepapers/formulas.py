"""Formulas: LaTeX as it is written becomes MathML, which browsers draw by themselves.

What the converter gives is taken apart and only known elements and attributes are put
together again, so that nothing in a formula can be more than a formula.
"""

import re
from html import unescape
from xml.etree import ElementTree

# As `pymdownx.arithmatex` leaves it behind nh3, inline and in a paragraph of its own.
WRITTEN = re.compile(
    r'<(span|div) class="arithmatex">\\(?P<open>[(\[])(?P<latex>.*?)\\[)\]]</\1>', re.S
)
MATHML = "http://www.w3.org/1998/Math/MathML"
ELEMENTS = {
    *("math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "mfrac", "msqrt", "mroot"),
    *("msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts", "mprescripts"),
    *("mtable", "mtr", "mtd", "mpadded", "mphantom", "mstyle", "menclose", "none"),
}
ATTRIBUTES = {
    *("accent", "columnalign", "displaystyle", "fence", "form", "linethickness", "lspace"),
    *("mathvariant", "maxsize", "minsize", "movablelimits", "notation", "rspace", "scriptlevel"),
    *("separator", "stretchy", "symmetric", "width", "height", "depth"),
}
PLAIN = re.compile(r"[\w .%+-]{1,40}\Z")
LONGEST = 2_000
MOST = 500


def draw(html: str) -> str:
    """`html` in which formulas that are written are drawn. One that cannot be is code."""
    drawn = 0

    def put(match: re.Match[str]) -> str:
        nonlocal drawn
        drawn += 1
        latex = unescape(match["latex"]).strip()
        found = _mathml(latex, block=match["open"] == "[") if drawn <= MOST else None
        shown = found or f"<code>{match['latex']}</code>"
        return f'<div class="formula">{shown}</div>' if match["open"] == "[" else shown

    return WRITTEN.sub(put, html)


def _mathml(latex: str, *, block: bool) -> str | None:
    """LaTeX as MathML, or None for what cannot be understood."""
    if not latex or len(latex) > LONGEST:
        return None
    # It reads its tables of symbols when it is first needed; most papers have no formula.
    from latex2mathml.converter import convert

    try:
        tree = ElementTree.fromstring(convert(latex, display="block" if block else "inline"))
        math = _known(tree)
    except Exception:
        # It raises whatever comes to its mind on what it does not understand.
        return None
    if math is None:
        return None
    math.set("xmlns", MATHML)
    math.set("display", "block" if block else "inline")
    # Read aloud as it is written, where MathML is not read.
    math.set("alttext", latex)
    return ElementTree.tostring(math, encoding="unicode")


def _known(node: ElementTree.Element) -> ElementTree.Element | None:
    name = node.tag.rpartition("}")[2]
    if name not in ELEMENTS:
        return None
    kept = {key: text for key, text in node.attrib.items() if _allowed(key, text)}
    made = ElementTree.Element(name, kept)
    made.text = node.text
    for child in node:
        copy = _known(child)
        if copy is None:
            raise ValueError(f"<{child.tag}> is nothing that a formula may hold")
        made.append(copy)
    return made


def _allowed(name: str, value: str) -> bool:
    return name in ATTRIBUTES and PLAIN.match(value) is not None
