"""Formulas and diagrams: drawn on the server, with nothing in them that could run."""

import re
from xml.etree import ElementTree

import pytest

from accounts.models import Membership
from core.pdf_child import with_formulas
from tests.whitepapers.conftest import Write
from tests.whitepapers.pdfs import inside
from tests.whitepapers.test_printing import _own_folder  # noqa: F401 - a fixture
from whitepapers.diagrams import MOST_BOXES, Unclear, read, svg
from whitepapers.printing import pdf_of
from whitepapers.rendering import render

ATTACKS = [
    r"$\href{javascript:alert(1)}{x}$",
    r"$\text{<script>alert(1)</script>}$",
    r"$\style{background:url(http://evil.invalid)}{x}$",
    r"$\class{btn}{x}$ $\cssId{toasts}{x}$",
    r'$\unicode{60}" onmouseover="alert(1)$',
    "```diagram\na -> <script>alert(1)</script>\n```",
    '```diagram\na -> b: " onload="alert(1)\n```',
    "```diagram\n[a] <img src=x onerror=alert(1)>\n```",
    "```diagram\n</div><script>alert(1)</script>\n```",
]


def parsed(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<div>{html}</div>")


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_is_drawn_can_run(attack: str) -> None:
    text = render(attack)
    for html in (text.html, text.for_print):
        for node in parsed(html).iter():
            assert node.tag.rpartition("}")[2] not in {"script", "style", "img", "a", "iframe"}
            assert not {"style", "href", "class", "id", "src"} & set(node.attrib) or (
                node.tag == "div" and node.get("class") in {"formula", "diagram"}
            )
            assert not [name for name in node.attrib if name.startswith("on")]


def test_a_formula_stands_in_line_or_alone() -> None:
    html = render("It is $p^n$.\n\n$$\n\\frac{a}{b}\n$$\n").html
    assert "<p>It is <math " in html
    assert '<div class="formula"><math ' in html
    assert "<mfrac>" in html
    assert 'alttext="p^n"' in html


@pytest.mark.parametrize("text", ["It costs $5 and $6.", "`$x$`", "```\n$x$\n```"])
def test_money_and_code_are_no_formulas(text: str) -> None:
    assert "<math" not in render(text).html


@pytest.mark.parametrize("latex", [r"\unknown{", "x" * 3_000, r"\begin{matrix}"])
def test_what_is_no_formula_is_shown_as_written(latex: str) -> None:
    html = render(f"It is ${latex}$ here").html
    assert "<math" not in html
    assert latex[:8] in html


def test_a_formula_is_printed_as_outlines() -> None:
    page = with_formulas(str(render("It is $p^n$.").html))
    assert "<math" not in page
    assert "<svg" in page
    assert "vertical-align" in page


def test_a_diagram_has_its_boxes_and_arrows() -> None:
    drawn = svg("person -> verb: clicks\nverb -> log\n[verb] One transaction\nlog -- feed")
    tree = ElementTree.fromstring(drawn)
    words = ["".join(node.itertext()) for node in tree.iter() if node.tag.endswith("text")]
    assert words == ["person", "One transaction", "log", "feed", "clicks"]
    assert len([node for node in tree.iter() if node.tag.endswith("path")]) == 3
    assert "One transaction leads to log" in str(tree.get("aria-label"))


@pytest.mark.parametrize(
    "text", ["a -> b\nb -> c\nc -> a", "a -> a", "right\na -> b\na -> c\nb -> c"]
)
def test_circles_and_long_ways_stay_within_the_drawing(text: str) -> None:
    tree = ElementTree.fromstring(svg(text))
    _, _, width, height = map(float, str(tree.get("viewBox")).split())
    for node in tree.iter():
        if node.tag.endswith("rect"):
            assert 0 <= float(node.get("x", "")) <= width - float(node.get("width", ""))
            assert 0 <= float(node.get("y", "")) <= height - float(node.get("height", ""))


def test_what_is_no_diagram_says_so() -> None:
    html = render("```diagram\nthis is none\n```").html
    assert "is no line of a diagram" in html
    assert "<svg" not in html
    with pytest.raises(Unclear):
        read("\n".join(f"a{n} -> b{n}" for n in range(MOST_BOXES)))
    with pytest.raises(Unclear):
        read("a -> b\n" * 5_000)


@pytest.mark.django_db
def test_both_come_out_of_the_printer(alice: Membership, write: Write) -> None:
    paper = write(alice, content="## One\n\nIt is $p^n$.\n\n```diagram\na -> b: goes\n```\n")
    data = pdf_of(paper)
    assert data.startswith(b"%PDF-")
    assert len(re.findall(rb"\bc\b", inside(data))) > 20  # outlines are made of curves
