"""Diagrams: a few lines of text become boxes and arrows, drawn here as SVG, without scripts.

    person -> screen: clicks
    screen -> verb
    verb -> log: one entry
    [verb] One transaction

`a -> b` is an arrow, with words after a colon; `a -- b` a line; `[a] words` what stands in the
box instead of its name. `right` alone on a line lets it run to the right instead of down.
What is no line of this kind is told, and the diagram shown as it was written.
"""

import math
import re
from dataclasses import dataclass, field
from html import escape, unescape

WRITTEN = re.compile(r'<div class="diagram">(.*?)</div>', re.S)
EDGE = re.compile(
    r"(?P<a>[^:>\[\]]{1,60}?)\s*(?P<kind>->|--)\s*(?P<b>[^:>\[\]]{1,60}?)"
    r"(?:\s*:\s*(?P<said>.{1,60}))?\Z"
)
BOX = re.compile(r"\[(?P<name>[^\]]{1,60})\]\s*(?P<words>.{1,120})\Z")
MOST_BOXES, MOST_EDGES, LONGEST = 40, 80, 8_000

# All in the units of the drawing, which are pixels at its natural size.
LETTER, LINE, PAD = 7.0, 16, 12
WIDEST, GAP, BETWEEN = 22, 28, 64


Point = tuple[float, float]


class Unclear(ValueError):
    """A line that says nothing about a diagram."""


@dataclass
class Box:
    """One thing, and where it is drawn."""

    name: str
    words: str
    rank: int = 0
    x: float = 0
    y: float = 0
    lines: list[str] = field(default_factory=list)

    @property
    def width(self) -> float:
        return max(len(line) for line in self.lines) * LETTER + 2 * PAD

    @property
    def height(self) -> float:
        return len(self.lines) * LINE + 2 * PAD - 6


@dataclass(frozen=True)
class Edge:
    a: Box
    b: Box
    arrow: bool
    said: str


def fence(
    source: str, language: str, css_class: str, options: object, md: object, **_: object
) -> str:
    """A fenced block of the language `diagram`, as it goes through the cleaning of HTML."""
    return f'<div class="diagram">{escape(source)}</div>'


def draw(html: str) -> str:
    """`html` in which diagrams that are written are drawn."""
    return WRITTEN.sub(lambda match: _drawn(unescape(match[1])), html)


def _drawn(source: str) -> str:
    try:
        return f'<div class="diagram">{svg(source)}</div>'
    except Unclear as error:
        return f"<pre>{escape(source)}</pre><p><em>{escape(str(error))}</em></p>"


def svg(source: str) -> str:
    """The drawing. Raises Unclear for a text that is none."""
    boxes, edges, right = read(source)
    _rank(boxes, edges)
    ranks = _in_order(boxes, edges)
    width, height = _place(ranks, right)
    outside = (height if right else width) + 34
    curves = [_curve(edge, right, outside) for edge in edges]
    if any(abs(edge.b.rank - edge.a.rank) != 1 for edge in edges):
        width, height = (width, height + 26) if right else (width + 26, height)
    if not right:  # words beside the outermost line
        said = max((len(edge.said) for edge in edges), default=0)
        width += max(0, said * 6 - width / 2 + 8)
    parts = [_line(edge, curve) for edge, curve in zip(edges, curves, strict=True)]
    parts += [_box(box) for box in boxes]
    for edge, curve in zip(edges, curves, strict=True):
        if edge.said:
            parts.append(_words(edge, curve, right))
    told = escape("; ".join(_aloud(edge) for edge in edges) or ", ".join(b.words for b in boxes))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="{told}" '
        f'font-family="Paper, Inter, DejaVu Sans, sans-serif" font-size="12">'
        f"{''.join(parts)}</svg>"
    )


def read(source: str) -> tuple[list[Box], list[Edge], bool]:
    """The boxes and edges of a text, and whether it runs to the right."""
    if len(source) > LONGEST:
        raise Unclear("This diagram is too long.")
    boxes: dict[str, Box] = {}
    edges: list[Edge] = []
    right = False

    def box(name: str) -> Box:
        return boxes.setdefault(name, Box(name, name))

    for line in filter(None, map(str.strip, source.splitlines())):
        if line == "right":
            right = True
        elif found := BOX.match(line):
            box(found["name"].strip()).words = found["words"]
        elif found := EDGE.match(line):
            ends = box(found["a"].strip()), box(found["b"].strip())
            edges.append(Edge(*ends, found["kind"] == "->", found["said"] or ""))
        else:
            raise Unclear(f"“{line[:60]}” is no line of a diagram: write a -> b, or [a] words.")
    if not boxes:
        raise Unclear("A diagram needs a line such as a -> b.")
    if len(boxes) > MOST_BOXES or len(edges) > MOST_EDGES:
        raise Unclear(f"At most {MOST_BOXES} boxes and {MOST_EDGES} lines.")
    for one in boxes.values():
        one.lines = _wrapped(one.words)
    return list(boxes.values()), edges, right


def _wrapped(words: str) -> list[str]:
    lines = [""]
    for word in words.split():
        if lines[-1] and len(lines[-1]) + len(word) >= WIDEST:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _rank(boxes: list[Box], edges: list[Edge]) -> None:
    """Put every box behind all that lead to it; an arrow that closes a circle goes back."""
    after: dict[str, list[Box]] = {box.name: [] for box in boxes}
    led_to = {edge.b.name for edge in edges}
    walked: set[str] = set()
    path: set[str] = set()

    def walk(one: Box) -> None:
        walked.add(one.name)
        path.add(one.name)
        for edge in edges:
            if edge.a is one and edge.b.name not in path:
                after[one.name].append(edge.b)
                if edge.b.name not in walked:
                    walk(edge.b)
        path.discard(one.name)

    for one in [box for box in boxes if box.name not in led_to] + boxes:
        if one.name not in walked:
            walk(one)
    for _ in boxes:  # no way is longer than there are boxes
        for one in boxes:
            for behind in after[one.name]:
                behind.rank = max(behind.rank, one.rank + 1)


def _in_order(boxes: list[Box], edges: list[Edge]) -> list[list[Box]]:
    """The boxes of each rank, each near the middle of those it hangs from."""
    ranks: list[list[Box]] = []
    for number in sorted({box.rank for box in boxes}):
        row = [box for box in boxes if box.rank == number]
        if ranks:
            places = {box.name: place for place, box in enumerate(ranks[-1])}

            def middle(one: Box, places: dict[str, int] = places) -> float:
                above = [places[e.a.name] for e in edges if e.b is one and e.a.name in places]
                return sum(above) / len(above) if above else len(places)

            row.sort(key=middle)
        ranks.append(row)
    return ranks


def _place(ranks: list[list[Box]], right: bool) -> tuple[float, float]:
    """Give every box its place, and return the size of the whole."""

    def across(box: Box) -> float:
        return box.height if right else box.width

    def along(box: Box) -> float:
        return box.width if right else box.height

    whole = max(sum(map(across, row)) + GAP * (len(row) - 1) for row in ranks)
    depth = 2.0
    for row in ranks:
        at = 2 + (whole - sum(map(across, row)) - GAP * (len(row) - 1)) / 2
        thick = max(map(along, row))
        for box in row:
            middle = depth + (thick - along(box)) / 2
            box.x, box.y = (middle, at) if right else (at, middle)
            at += across(box) + GAP
        depth += thick + BETWEEN + (36 if right else 0)
    depth += 2 - BETWEEN - (36 if right else 0)
    return (depth, whole + 4) if right else (whole + 4, depth)


def _curve(edge: Edge, right: bool, outside: float) -> list[Point]:
    """The four points of an edge: where it begins, what bends it twice, where it ends.

    From one rank to the next it goes straight; a longer way leads around at `outside`.
    """
    a, b = edge.a, edge.b
    steps = b.rank - a.rank
    middles = (a.x + a.width / 2, a.y + a.height / 2, b.x + b.width / 2, b.y + b.height / 2)
    ax, ay, bx, by = middles
    if abs(steps) != 1:
        if right:
            ends = (ax, a.y + a.height), (bx, b.y + b.height)
            return [ends[0], (ax, outside), (bx, outside), ends[1]]
        ends = (a.x + a.width, ay), (b.x + b.width, by)
        return [ends[0], (outside, ay), (outside, by), ends[1]]
    # What goes back stands a little beside what goes forth.
    aside = 0 if steps > 0 else 9
    if right:
        x1, x2 = (a.x + a.width, b.x) if steps > 0 else (a.x, b.x + b.width)
        bend = (x1 + x2) / 2
        y1, y2 = ay + aside, by + aside
        return [(x1, y1), (bend, y1), (bend, y2), (x2, y2)]
    y1, y2 = (a.y + a.height, b.y) if steps > 0 else (a.y, b.y + b.height)
    bend = (y1 + y2) / 2
    x1, x2 = ax + aside, bx + aside
    return [(x1, y1), (x1, bend), (x2, bend), (x2, y2)]


def _line(edge: Edge, curve: list[Point]) -> str:
    (x1, y1), (c1, d1), (c2, d2), (x2, y2) = curve
    path = f"M{x1:.1f} {y1:.1f}C{c1:.1f} {d1:.1f} {c2:.1f} {d2:.1f} {x2:.1f} {y2:.1f}"
    if edge.arrow:
        long = math.hypot(x2 - c2, y2 - d2) or 1
        u, v = (x2 - c2) / long, (y2 - d2) / long
        xa, ya = x2 - 6 * u - 3.5 * v, y2 - 6 * v + 3.5 * u
        xb, yb = x2 - 6 * u + 3.5 * v, y2 - 6 * v - 3.5 * u
        path += f"M{xa:.1f} {ya:.1f}L{x2:.1f} {y2:.1f}L{xb:.1f} {yb:.1f}"
    return f'<path d="{path}" fill="none" stroke="currentColor" stroke-opacity="0.6"/>'


def _box(box: Box) -> str:
    x, top = box.x + box.width / 2, box.y + box.height / 2 - len(box.lines) * LINE / 2 + 12
    words = "".join(
        f'<text x="{x:.1f}" y="{top + n * LINE:.1f}" text-anchor="middle" fill="currentColor">'
        f"{escape(line)}</text>"
        for n, line in enumerate(box.lines)
    )
    return (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
        f'rx="8" fill="none" stroke="currentColor" stroke-width="1.2"/>{words}'
    )


def _words(edge: Edge, curve: list[Point], right: bool) -> str:
    x, y = (sum(w * p[n] for w, p in zip((1, 3, 3, 1), curve, strict=True)) / 8 for n in (0, 1))
    # Above the line where it runs to the right, beside it where it runs down.
    x, y, anchor = (x, y - 6, "middle") if right else (x + 6, y + 4, "start")
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="10.5" '
        f'fill="currentColor">{escape(edge.said)}</text>'
    )


def _aloud(edge: Edge) -> str:
    said = f" ({edge.said})" if edge.said else ""
    return f"{edge.a.words} {'leads to' if edge.arrow else 'belongs with'} {edge.b.words}{said}"
