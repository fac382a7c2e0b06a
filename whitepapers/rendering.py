"""A paper as HTML: to read on screen, and to print.

The dialect is the house's (core.markdown) with some things more: headings that can be
linked to, footnotes, pictures that stand alone as figures, formulas and diagrams. All of it
goes through nh3 as well; ids are kept only in the forms that are made here. Formulas and
diagrams go through it as they were written, and are drawn behind it.
"""

import re
from dataclasses import dataclass
from html import escape
from xml.etree.ElementTree import Element

import markdown
import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown.extensions import Extension
from markdown.extensions.toc import TocExtension
from markdown.treeprocessors import Treeprocessor

from core.markdown import ATTRIBUTES, CLASSES, MOST_FENCES, TAGS, House
from whitepapers import diagrams, formulas

# Of what is shipped, pictures stand in this one folder; nothing else of ours is a picture.
PICTURE = re.compile(r"/static/whitepapers/[a-z0-9-]+\.svg\Z")
ID = re.compile(r"s-[\w-]{1,100}\Z|fn(?:ref\d*)?:[\w-]{1,60}\Z")
OWN_CLASSES = {"footnote", "footnote-ref", "footnote-backref", "arithmatex", "diagram"}

NOTES = re.compile(r'<div class="footnote">.*?</div>', re.S)
NOTE = re.compile(r'<li id="fn:([\w-]+)">\s*<p>(.*?)</p>\s*</li>', re.S)
BACK = re.compile(r'(?:&nbsp;|\xa0|\s)*<a class="footnote-backref".*?</a>', re.S)
REFERENCE = re.compile(r'<sup id="fnref\d*:([\w-]+)"><a class="footnote-ref"[^>]*>\d+</a></sup>')


@dataclass(frozen=True)
class Heading:
    """One line of the contents."""

    level: int
    id: str
    name: str


@dataclass(frozen=True)
class Rendered:
    """A paper's text and what it consists of."""

    html: SafeString
    headings: tuple[Heading, ...]

    @property
    def for_print(self) -> SafeString:
        """With footnotes where they are mentioned, for the foot of that page."""
        return mark_safe(_notes_in_place(self.html))  # Safe: only moved what is.


def render(text: str) -> Rendered:
    """`text` as HTML that may stand in any page, and its headings. Never raises."""
    if text.count("```") + text.count("~~~") > MOST_FENCES:
        return _as_written(text)
    converter = markdown.Markdown(
        extensions=[
            "tables",
            "sane_lists",
            "footnotes",
            "pymdownx.betterem",
            "pymdownx.tilde",
            "pymdownx.superfences",
            "pymdownx.highlight",
            "pymdownx.arithmatex",
            House(),
            TocExtension(slugify=_anchor, toc_depth="2-3"),
            Figures(),
        ],
        extension_configs={
            "tables": {"use_align_attribute": True},
            "pymdownx.highlight": {"guess_lang": False, "linenums": None},
            "pymdownx.tilde": {"subscript": False},
            "pymdownx.arithmatex": {"generic": True, "block_tag": "div"},
            "pymdownx.superfences": {
                "custom_fences": [{"name": "diagram", "class": "diagram", "format": diagrams.fence}]
            },
        },
    )
    try:
        html = converter.convert(text)
    except Exception:
        # A text that the parser cannot take (say, nested a thousand deep) is still shown.
        return _as_written(text)
    clean = nh3.clean(
        html,
        tags={*TAGS, "figure", "figcaption"} - {"input", "label"},
        attributes={
            **ATTRIBUTES,
            **{tag: {"id"} for tag in ("h2", "h3", "h4")},
            "sup": {"id"},
            "li": {"id", "class"},
            "figure": {"class"},
        },
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        clean_content_tags={"script", "style", "iframe", "object", "template", "title", "svg"},
    )
    tokens = getattr(converter, "toc_tokens", [])
    drawn = diagrams.draw(formulas.draw(clean))
    # Safe: it went through nh3, and what was drawn behind it is made of known parts alone.
    return Rendered(mark_safe(drawn), tuple(_flat(tokens)))


def _as_written(text: str) -> Rendered:
    return Rendered(mark_safe(f"<pre>{escape(text)}</pre>"), ())  # Safe: escaped.


def _anchor(name: str, separator: str) -> str:
    return "s-" + (slugify(name)[:80] or "part")


def _attribute(tag: str, name: str, value: str) -> str | None:
    """The value that an attribute may keep, or None to drop it."""
    if name == "id":
        return value if ID.match(value) else None
    if name == "class":
        words = [word for word in value.split() if word in CLASSES or word in OWN_CLASSES]
        return " ".join(words) or None
    if tag == "img" and name == "src":
        return value if PICTURE.match(value) else None
    return value


def _flat(tokens: list[dict[str, object]]) -> list[Heading]:
    found: list[Heading] = []
    for token in tokens:
        level = int(str(token["level"]))
        if level in (2, 3):
            found.append(Heading(level, str(token["id"]), str(token["name"])))
        children = token["children"]
        assert isinstance(children, list)
        found += _flat(children)
    return found


class Figures(Extension):
    """A picture alone in its paragraph is a figure, and its alternative text the caption."""

    def extendMarkdown(self, md: markdown.Markdown) -> None:
        md.treeprocessors.register(_Figures(md), "figures", 0)


class _Figures(Treeprocessor):
    def run(self, root: Element) -> None:
        for paragraph in root.iter("p"):
            children = list(paragraph)
            alone = len(children) == 1 and children[0].tag == "img"
            if not alone or (paragraph.text or "").strip() or (children[0].tail or "").strip():
                continue
            paragraph.tag = "figure"
            caption = Element("figcaption")
            caption.text = children[0].get("alt", "")
            paragraph.append(caption)


def _notes_in_place(html: str) -> str:
    """HTML whose footnotes stand, as `span.note`, where they are mentioned first."""
    notes = {name: BACK.sub("", text) for name, text in NOTE.findall(html)}
    used: set[str] = set()

    def put(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in notes or name in used:
            return match.group(0)
        used.add(name)
        return f'<span class="note">{notes[name]}</span>'

    placed = REFERENCE.sub(put, html)
    # A note of several paragraphs stays where it was, and so do all the others then.
    return NOTES.sub("", placed) if used and len(used) == html.count('<li id="fn:') else html
