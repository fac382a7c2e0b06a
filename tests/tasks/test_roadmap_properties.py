"""What holds for every text and every tree."""

import sys
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from tasks.roadmap.parse import parse
from tasks.roadmap.render import render
from tasks.roadmap.tree import Item, Phase, Roadmap, TaskNode

PIECES = st.sampled_from(
    [
        "# ",
        "## ",
        "### 1.1 ",
        "- ",
        "  - ",
        "1. ",
        "[x] ",
        "[ ] ",
        "**",
        "\n",
        "\n\n",
        "> ",
        "\t",
        "`",
        "Phase 1: ",
        "1.1",
        "1.2, ",
        "Task 3 ",
        "✅ ",
        "2h",
        "(done)",
        "Dependencies: ",
        "Acceptance Criteria:\n",
        "All previous phases",
        "\r\n",
        "<!--",
        "~~a~~",
        "```\n",
        "---\n",
        "| a | b |\n",
        "|---|---|\n",
    ]
)
MARKDOWN = st.lists(PIECES | st.text(max_size=8), max_size=60).map("".join)


@settings(deadline=None)
@given(st.text(max_size=400) | MARKDOWN)
def test_any_text_is_read_or_refused_but_never_breaks(text: str) -> None:
    try:
        roadmap = parse(text)
    except Invalid:
        return
    assert parse(text) == roadmap
    parts: list[Phase | TaskNode] = [*roadmap.phases, *roadmap.nodes()]
    keys = [part.key for part in parts]
    assert len(set(keys)) == len(keys)
    for part in parts:
        assert set(part.depends_on) <= set(keys)
        assert 0 < len(part.title) <= 200
        assert part.line >= 1


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(Invalid):
        assert parse(data).counts()["tasks"] >= 0


# Words that mean nothing to the reader: no label, number, unit or mark.
WORDS = st.sampled_from(["amber", "birch", "cedar", "delta", "ember", "fjord", "grove"])
TITLES = st.lists(WORDS, min_size=1, max_size=6).map(" ".join).map(str.capitalize)
ITEMS = st.lists(st.builds(Item, TITLES, st.booleans()), max_size=3)


@st.composite
def tasks(draw: st.DrawFn, key: str, depth: int) -> TaskNode:
    low, more = draw(st.none() | st.integers(1, 90)), draw(st.integers(0, 30))
    count = draw(st.integers(0, 2)) if depth else 0
    node = TaskNode(
        key=key,
        title=draw(TITLES),
        description=draw(st.just("") | TITLES),
        children=[draw(tasks(f"{key}.{number}", depth - 1)) for number in range(1, count + 1)],
        checklist=draw(ITEMS),
        criteria=draw(ITEMS),
        estimate_low=low,
        estimate_high=None if low is None else low + more,
        needs=draw(st.lists(TITLES.map(str.lower), max_size=2, unique=True)),
        deliverables=draw(st.lists(TITLES, max_size=2)),
        done=draw(st.booleans()),
    )
    return node


@st.composite
def roadmaps(draw: st.DrawFn) -> Roadmap:
    phases = []
    for number in range(1, draw(st.integers(2, 4))):
        phase = Phase(f"phase-{number}", draw(TITLES), draw(st.just("") | TITLES))
        count = draw(st.integers(1, 3))
        phase.tasks = [draw(tasks(f"{number}.{place}", 2)) for place in range(1, count + 1)]
        phase.criteria = draw(ITEMS)
        phases.append(phase)
    roadmap = Roadmap(title=draw(TITLES), phases=phases)
    earlier: list[str] = []
    for node in roadmap.nodes():
        others = [key for key in earlier if not node.key.startswith(f"{key}.")]
        if others:
            node.depends_on = draw(st.lists(st.sampled_from(others), max_size=3, unique=True))
            node.dependencies_text = ", ".join(node.depends_on)
        earlier.append(node.key)
    return roadmap


@settings(max_examples=60, deadline=None)
@given(roadmaps())
def test_a_tree_written_as_a_plan_reads_as_the_same_tree(roadmap: Roadmap) -> None:
    assert parse(render(roadmap)) == roadmap


def test_reading_takes_work_in_proportion_to_the_text() -> None:
    def steps(parts: int) -> int:
        task = "### {0}.{1} Task\nDependencies: {0}.0\n- [ ] do the **work** {1}\n  - some of it\n"
        text = "".join(
            f"## Phase {part}\n### {part}.0 First\n"
            + "".join(task.format(part, number) for number in range(1, 8))
            for part in range(parts)
        )
        count = 0

        def step(*_: object) -> None:
            nonlocal count
            count += 1

        sys.setprofile(step)
        try:
            parse(text)
        finally:
            sys.setprofile(None)
        return count

    assert steps(80) < 4.4 * steps(20)
