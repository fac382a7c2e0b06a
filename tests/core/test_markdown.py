"""What may and what may not come out of a text that somebody wrote."""

import re
import time
from html.parser import HTMLParser

import pytest

from core import markdown
from core.markdown import render

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<svg onload="alert(1)"><animate onbegin=alert(1)>',
    "<iframe src='https://evil.example'></iframe>",
    "<style>body{display:none}</style>",
    '<div style="position:fixed;inset:0">x</div>',
    '<a href="javascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    '![x](https://evil.example/a.png "onerror=alert(1)")',
    '![x" onerror="alert(1)](/media/a.png)',
    '[x](/a "title\\" onmouseover=\\"alert(1)")',
    "```<script>alert(1)</script>\n```",
    '```{.btn onclick="alert(1)" style="x" #id}\nx\n```',
    "```html\n<script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "<form action='/settings/'><input name=x><button>go</button></form>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href='https://evil.example/'>",
    "<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)>",
    "[ref]: javascript:alert(1)\n\n[ref]",
    "\x00<script>\x00alert(1)</script>",
    "\u0002klzzwxh:0000\u0003",
    '@alice" onclick="alert(1)',
]
HARMLESS = {
    *("href", "title", "class", "rel", "src", "alt", "align", "start"),
    *("type", "disabled", "checked"),
}


class Reader(HTMLParser):
    """Collects the tags and attributes of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def read(html: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = Reader()
    reader.feed(html)
    return reader.tags


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_that_runs_or_calls_home_comes_out(text: str) -> None:
    for tag, attributes in read(render(text)):
        assert tag in markdown.TAGS
        assert attributes.keys() <= HARMLESS, attributes
        # Neither a scheme that runs nor one that hides: what is none is relative to this host.
        address = (attributes.get("href") or "/").replace("\t", "").strip()
        assert re.match(r"(https?:|mailto:|/|#)", address) or not re.match(r"\w+:", address)
        assert (attributes.get("src") or "/").startswith("/")


def test_an_image_of_another_host_becomes_a_link() -> None:
    html = render("before ![a chart](https://elsewhere.example/c.png) after")

    assert "<img" not in html
    assert (
        '<a href="https://elsewhere.example/c.png" rel="noopener noreferrer nofollow">a chart</a>'
        " after" in html
    )


@pytest.mark.parametrize("address", ["//evil.example/a.png", "/\\evil.example/a.png", "a.png"])
def test_an_image_that_only_looks_local_is_none(address: str) -> None:
    assert "<img" not in render(f"![x]({address})")


def test_an_image_of_this_host_is_shown() -> None:
    assert '<img alt="x" src="/media/a.png">' in render("![x](/media/a.png)")


def test_links_tell_other_hosts_nothing() -> None:
    assert 'rel="noopener noreferrer nofollow"' in render("[there](https://elsewhere.example)")


def test_a_text_cannot_dress_up_as_the_screen() -> None:
    html = render("```{.fixed .inset-0 .dialog .btn}\nx\n```\n\n- [ ] a")

    classes = {
        word for _, attributes in read(html) for word in (attributes.get("class") or "").split()
    }
    assert classes <= markdown.CLASSES


def test_a_list_needs_no_empty_line_before_it() -> None:
    assert "<ul>" in render("Three things:\n- one\n- two")


@pytest.mark.parametrize("indent", ["  ", "   ", "    ", "\t"])
def test_lists_nest_by_any_indent(indent: str) -> None:
    html = render(f"- one\n{indent}- inner\n{indent * 2}- deep\n- two\n\n{indent}more of two")

    assert html.count("<ul>") == 3
    assert html.count("<li>") == 4
    assert "more of two</p>\n</li>" in html


def test_a_line_that_goes_on_stays_in_its_item() -> None:
    html = render("- a long\n  item\n- next")

    assert html.count("<li>") == 2
    assert "<p>" not in html


def test_boxes_tables_code_and_deletions_are_known() -> None:
    html = render(
        "- [x] done\n- [ ] open\n\n| a | b |\n|---|--:|\n| 1 | 2<br>3 |\n\n"
        "~~old~~\n\n```python\nx = 1\n```"
    )

    assert html.count('type="checkbox"') == 2
    assert html.count("checked") == 1
    assert '<div class="table-wrap"><table>' in html
    assert re.search(r'<td align="right">2<br>\n?3</td>', html)
    assert "<del>old</del>" in html
    assert '<span class="n">x</span>' in html


def test_people_and_tasks_are_marked_outside_of_code_alone() -> None:
    html = render("@qa looks at TASK-012, not at `TASK-013 of @qa` or me@example.org")

    assert '<span class="mention">@qa</span>' in html
    assert '<a class="ref" href="/tasks/12/"' in html
    assert "<code>TASK-013 of @qa</code>" in html
    assert html.count('class="mention"') == 1


@pytest.mark.parametrize(
    "unit", ["[", "![", "[a](b ", "[a][b ", "*a ", "`", "<", "```\n", "> ", "1. ", "a@", "_", "- "]
)
def test_a_text_made_to_be_slow_is_not(unit: str) -> None:
    text = (unit * 50_000)[:100_000]

    began = time.process_time()
    markdown._render(text)

    # Minutes without the bounds; the limit is wide for slow machines.
    assert time.process_time() - began < 15


def test_a_text_that_is_too_long_is_shown_as_written() -> None:
    html = render("# <b>" + "a" * markdown.LONGEST)

    assert html.startswith("<pre># &lt;b&gt;")


def test_what_was_rendered_is_kept_within_a_bound() -> None:
    cache = markdown._Cache(limit=1_000)
    for number in range(50):
        cache.put(str(number).encode(), "x" * 100)

    assert cache.get(b"0") is None
    assert cache.get(b"49") == "x" * 100
    assert cache._size <= 1_000
