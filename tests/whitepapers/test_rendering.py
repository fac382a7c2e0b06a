"""Papers as HTML: what they may hold, and what is left out."""

from html.parser import HTMLParser

import pytest

from tests.whitepapers.conftest import TEXT
from whitepapers.rendering import render

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "![x](javascript:alert(1))",
    "## <svg onload=alert(1)>",
    "<style>body{display:none}</style>",
    "![x](/static/whitepapers/../../media/evil.svg)",
    "![x](//evil.invalid/static/whitepapers/a.svg)",
    "Note[^1]\n\n[^1]: <script>alert(1)</script>",
    'Note[^x" onclick="alert(1)]\n\n[^x" onclick="alert(1)]: n',
    "```<script>\nalert(1)\n```",
]


def tags_of(html: str) -> list[tuple[str, dict[str, str]]]:
    """Every tag with its attributes, as a browser would read them."""
    found: list[tuple[str, dict[str, str]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, {name: value or "" for name, value in attrs}))

    Reader().feed(html)
    return found


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_is_written_can_run(attack: str) -> None:
    text = render(attack)

    for html in (text.html, text.for_print):
        for tag, attributes in tags_of(html):
            assert tag not in {"script", "style", "svg", "iframe"}
            assert not [name for name in attributes if name.startswith("on")]
            assert not attributes.get("href", "").startswith("javascript:")
            assert "src" not in attributes


def test_headings_are_the_contents_and_can_be_linked_to() -> None:
    text = render(TEXT)

    assert [(one.level, one.id, one.name) for one in text.headings] == [
        (2, "s-first-part", "First part"),
        (3, "s-a-detail", "A detail"),
        (2, "s-second-part", "Second part"),
    ]
    for heading in text.headings:
        assert f'id="{heading.id}"' in text.html


def test_headings_of_one_name_have_two_ids() -> None:
    headings = render("## Same\n\n## Same\n").headings
    assert len({one.id for one in headings}) == 2


def test_notes_stand_at_the_end_on_screen_and_in_place_to_print() -> None:
    text = render(TEXT)

    assert 'href="#fn:1"' in text.html
    assert 'id="fn:1"' in text.html
    assert '<span class="note">Said at the foot.</span>' in text.for_print
    assert "footnote" not in text.for_print


def test_a_picture_alone_is_a_figure_with_its_caption() -> None:
    html = render("![How boats come in](/static/whitepapers/boats.svg)").html

    assert "<figure>" in html
    assert "<figcaption>How boats come in</figcaption>" in html


def test_what_the_parser_cannot_take_is_shown_as_written() -> None:
    assert "&gt;" in render("> " * 3000 + "deep").html
