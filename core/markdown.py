"""Markdown to HTML that is safe to show, whoever wrote it.

What people, agents and web pages write goes through here and nowhere else. Two steps:
Python-Markdown makes HTML, then nh3 keeps only what is listed below. Nothing that is left
can run, call another host by itself, or dress up as a part of the screen: no scripts, no
styles, no frames, no ids, no classes but those of highlighted code, and images only from
this very host (others become links).
"""

import re
import threading
from collections import OrderedDict
from hashlib import blake2b
from xml.etree.ElementTree import Element

import markdown
import nh3
from django.urls import NoReverseMatch, reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from pygments.token import STANDARD_TYPES

# Beyond these a text is shown as it was written: making it pretty would take many seconds.
LONGEST = 200_000
MOST_FENCES = 2_000
CACHE_BYTES = 8 * 1024 * 1024

TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "div", "span"),
    *("ul", "ol", "li", "dl", "dt", "dd", "input", "label"),
    *("a", "img", "strong", "b", "em", "i", "del", "s", "sub", "sup", "kbd", "mark", "code"),
    *("table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption"),
    *("details", "summary", "abbr"),
}
ATTRIBUTES = {
    "a": {"href", "title", "class"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "th": {"align", "colspan", "rowspan"},
    "td": {"align", "colspan", "rowspan"},
    "input": {"checked"},
    "abbr": {"title"},
    "details": {"open"},
    **{tag: {"class"} for tag in ("div", "span", "pre", "code", "ul", "li")},
}
# An author must not reach for the classes of the screen around the text.
CLASSES = {
    *(name for name in STANDARD_TYPES.values() if name),
    *("highlight", "task-list", "task-list-item", "table-wrap", "mention", "ref"),
}
MENTION = r"(?<![\w@/.`-])@([a-z0-9][a-z0-9_-]{0,38})(?!\w|:\w)"
TASK = r"\bTASK-(\d{1,9})\b"
BRACKETS = (
    *("link", "image_link", "reference", "image_reference"),
    *("short_reference", "short_image_ref"),
)
LOCAL = re.compile(r"/(?![/\\])")
LIST_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\S")


def render(text: str) -> SafeString:
    """`text` as HTML that may stand in any page. Never raises."""
    key = blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
    html = _cache.get(key)
    if html is None:
        html = _render(text)
        _cache.put(key, html)
    # Safe: everything went through nh3 or was escaped.
    return mark_safe(html)


def _render(text: str) -> str:
    if len(text) > LONGEST or text.count("```") + text.count("~~~") > MOST_FENCES:
        return _as_written(text)
    try:
        html = _converter().convert(text)
    except Exception:
        # A text that the parser cannot take (say, nested a thousand deep) is still shown.
        return _as_written(text)
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        set_tag_attribute_values={"input": {"type": "checkbox", "disabled": ""}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        clean_content_tags={"script", "style", "iframe", "object", "template", "title", "svg"},
    )


def _as_written(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"


def _attribute(tag: str, name: str, value: str) -> str | None:
    """The value that an attribute may keep, or None to drop it."""
    if name == "class":
        return " ".join(word for word in value.split() if word in CLASSES) or None
    if tag == "img" and name == "src":
        return value if LOCAL.match(value) else None
    return value


# What a pattern gives: an element and where it began and ended, or three times nothing.
Found = tuple[Element | None, int | None, int | None]

# --- The dialect ------------------------------------------------------------------------

_local = threading.local()


def _converter() -> markdown.Markdown:
    """A converter of this thread: making one costs more than using it."""
    made: markdown.Markdown | None = getattr(_local, "converter", None)
    if made is None:
        made = _local.converter = markdown.Markdown(
            extensions=[
                "tables",
                "sane_lists",
                "pymdownx.betterem",
                "pymdownx.tilde",
                "pymdownx.tasklist",
                "pymdownx.superfences",
                "pymdownx.highlight",
                "pymdownx.magiclink",
                House(),
            ],
            extension_configs={
                "tables": {"use_align_attribute": True},
                "pymdownx.highlight": {"guess_lang": False, "linenums": None},
                "pymdownx.magiclink": {"hide_protocol": False},
                "pymdownx.tilde": {"subscript": False},
            },
        )
    made.reset()
    return made


class House(Extension):
    """What we do differently: lists need no empty line, tasks and people become links."""

    in_vain = 0

    def reset(self) -> None:
        self.in_vain = 0

    def extendMarkdown(self, md: markdown.Markdown) -> None:
        md.registerExtension(self)
        for name in BRACKETS:
            pattern = md.inlinePatterns[name]
            pattern.handleMatch = Bounded(pattern, self)
        # Code stands between fences; what is merely indented is a paragraph of a list.
        md.parser.blockprocessors.deregister("code")
        # Written HTML is shown as written: it is never needed, and slow to take apart.
        md.preprocessors.deregister("html_block")
        md.inlinePatterns.deregister("html")
        md.inlinePatterns.register(LineBreak(r"<br\s*/?>", md), "written_break", 90)
        md.preprocessors.register(Lists(md), "lists", 20)
        md.inlinePatterns.register(Mention(MENTION, md), "mention", 70)
        md.inlinePatterns.register(TaskReference(TASK, md), "task_reference", 69)
        md.treeprocessors.register(Surroundings(md), "surroundings", 1)


class Bounded:
    """A pattern of links that gives up in time.

    The parser looks for the end of every bracket up to the end of the text: fifty thousand
    open ones take minutes. Here each looks only so far ahead, and when too many were looked
    after in vain, the rest of the text has no links.
    """

    AHEAD = 2_500
    IN_VAIN = 500_000

    def __init__(self, pattern: InlineProcessor, house: House) -> None:
        self._look = pattern.handleMatch
        self._house = house

    def __call__(self, m: re.Match[str], data: str) -> Found:
        if self._house.in_vain > self.IN_VAIN:
            return None, None, None
        begin = m.start(0)
        found: Found = self._look(m, data[: begin + self.AHEAD])
        if found[0] is None:
            close = data.find("]", begin, begin + self.AHEAD)
            far = close < 0 or data[close + 1 : close + 2] in "(["
            self._house.in_vain += self.AHEAD if far else close - begin
        return found


class Lists(Preprocessor):
    """Lists as people and models write them: nested by any indent, right behind a sentence.

    The parser wants exactly four spaces a level and an empty line before. So each item is
    put where its indent says that it belongs: two columns further than another is below it.
    """

    def run(self, lines: list[str]) -> list[str]:
        self.levels: list[int] = []  # columns of the items that are open, outermost first
        self.written: list[str] = []
        first = ""  # line of the present block
        for line in (raw.expandtabs(4) for raw in lines):
            text = line.strip()
            indent = len(line) - len(line.lstrip(" "))
            if not text:
                first = ""
                self.written.append("")
                continue
            if LIST_ITEM.match(line):
                if first and not LIST_ITEM.match(first) and first.lstrip()[0] not in ">|#":
                    self.written.append("")
                    first = ""
                self._close(indent)
                self.levels.append(indent)
                self.written.append("    " * (len(self.levels) - 1) + text)
            else:
                if not first or text.startswith("#"):
                    self._close(indent)
                at = "    " * len(self.levels)
                self.written.append(at + text if self.levels else line)
            first = first or line
        return self.written

    def _close(self, indent: int) -> None:
        """End the items that something at this column does not belong to."""
        while self.levels and indent < self.levels[-1] + 2:
            self.levels.pop()


class LineBreak(InlineProcessor):
    """<br>, the only way to break a line within a cell of a table."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:
        return Element("br"), m.start(0), m.end(0)


class Mention(InlineProcessor):
    """@somebody."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:
        node = Element("span", {"class": "mention"})
        node.text = m.group(0)
        return node, m.start(0), m.end(0)


class TaskReference(InlineProcessor):
    """TASK-012, as a link to it where there is a board."""

    def handleMatch(
        self, m: re.Match[str], data: str
    ) -> tuple[Element | None, int | None, int | None]:
        try:
            address = reverse("tasks:detail", args=[int(m.group(1))])
        except NoReverseMatch:
            return None, None, None
        node = Element("a", {"class": "ref", "href": address})
        node.text = m.group(0)
        return node, m.start(0), m.end(0)


class Surroundings(Treeprocessor):
    """Wide tables get a frame to scroll in; images of other hosts become links."""

    def run(self, root: Element) -> None:
        for parent in list(root.iter()):
            for index, child in enumerate(list(parent)):
                if child.tag == "table":
                    frame = Element("div", {"class": "table-wrap"})
                    frame.tail, child.tail = child.tail, None
                    frame.append(child)
                    parent[index] = frame
                elif child.tag == "img" and not LOCAL.match(child.get("src", "")):
                    parent[index] = _link_to(child)


def _link_to(image: Element) -> Element:
    link = Element("a", {"href": image.get("src", "")})
    link.text = image.get("alt") or image.get("src", "")
    link.tail = image.tail
    return link


class _Cache:
    """What was rendered last, within a bound of bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[bytes, str] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: bytes) -> str | None:
        with self._lock:
            html = self._kept.get(key)
            if html is not None:
                self._kept.move_to_end(key)
            return html

    def put(self, key: bytes, html: str) -> None:
        with self._lock:
            if key in self._kept or len(html) > self._limit // 8:
                return
            self._kept[key] = html
            self._size += len(html)
            while self._size > self._limit:
                _, oldest = self._kept.popitem(last=False)
                self._size -= len(oldest)


_cache = _Cache(CACHE_BYTES)
