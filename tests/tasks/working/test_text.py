"""The page as text: what is written is read back, and nothing is dropped in silence."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.working.state import (
    STATUSES,
    ActivityLine,
    AgentLine,
    Note,
    TaskLine,
    WorkingState,
    one_line,
)
from tasks.working.text import parse, render, task_key

DOCUMENTED = """\
# Mission Control - Working State
Last Updated: 2026-02-02T10:30:00Z

## Active Agents
- agent:orchestrator:main [ACTIVE] - Coordinating project X
- agent:technical:main [ACTIVE] - Building feature Y
- agent:sales:main [IDLE] - Awaiting new leads

## Current Tasks

### INBOX
- [TASK-001] Research competitor pricing
- [TASK-002] Design landing page

### ASSIGNED
- [TASK-003] @agent:technical:main - Implement user authentication
- [TASK-004] @agent:sales:main - Reach out to 50 prospects

### IN_PROGRESS
- [TASK-005] @agent:orchestrator:main - Create new task breakdown

### REVIEW
- [TASK-006] @agent:technical:main - Complete API implementation

### DONE
- [TASK-007] Database schema created ✅

## Recent Activity
- 10:30 - agent:technical:main completed TASK-007
- 10:25 - agent:orchestrator:main created TASK-008
- 10:20 - agent:sales:main updated TASK-004 status
"""


def page(tasks: str = "", notes: str = "") -> str:
    return f"# Mission Control - Working State\n\n## Current Tasks\n\n{tasks}\n{notes}"


def test_the_documented_page_is_written_as_it_is_read() -> None:
    state = parse(DOCUMENTED)

    assert not state.problems
    assert state.by_key()["TASK-003"].assignees == ("agent:technical:main",)
    assert state.by_key()["TASK-007"].status == "done"
    assert state.by_key()["TASK-007"].title == "Database schema created"
    assert render(state) == DOCUMENTED


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
nasty = st.lists(
    st.sampled_from(
        [
            "@",
            "[",
            "]",
            "✅",
            " ",
            " - ",
            "\\",
            "(blocked: ",
            ")",
            "NEW",
            "a",
            "TASK-001",
            "##",
            "-",
        ]
    ),
    max_size=8,
).map("".join)
line = (words | nasty).map(one_line)
title = line.filter(bool)
name = st.from_regex(r"[a-z0-9:_\-]{1,12}", fullmatch=True)


@st.composite
def states(draw: st.DrawFn) -> WorkingState:
    numbers = draw(st.lists(st.integers(1, 2000), unique=True, max_size=6))
    keys: list[str | None] = [task_key(number) for number in numbers]
    keys += [None] * draw(st.integers(0, 2))
    reason = line.filter(lambda text: not text.endswith(")"))
    tasks = [
        TaskLine(
            key,
            draw(st.sampled_from(STATUSES)),
            draw(title),
            tuple(draw(st.lists(name, unique=True, max_size=3))),
            draw(reason),
        )
        for key in keys
    ]
    tasks.sort(key=lambda task: STATUSES.index(task.status))
    raw = draw(st.lists(st.tuples(words, words | nasty), max_size=4))
    notes = "".join(f"## note {head}\n{body}\n" for head, body in raw)
    return WorkingState(
        updated=draw(
            st.none()
            | st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)).map(  # noqa: DTZ001
                lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
            )
        ),
        agents=tuple(
            AgentLine(f"agent:{key}:main", draw(st.sampled_from(["idle", "active"])), draw(line))
            for key in draw(st.lists(name, max_size=3))
        ),
        tasks=tuple(tasks),
        more_done=draw(st.integers(0, 99)),
        activity=tuple(
            ActivityLine("10:30", key, draw(line)) for key in draw(st.lists(name, max_size=3))
        ),
        notes=parse(page(notes=notes)).notes,
    )


@given(states())
def test_whatever_is_written_is_read_back(state: WorkingState) -> None:
    assert parse(render(state)) == state


@given(st.text())
def test_no_text_breaks_the_reader_and_none_is_understood_by_chance(text: str) -> None:
    assert parse(text).problems


@given(words, words)
def test_notes_are_kept_byte_for_byte_and_in_order(first: str, second: str) -> None:
    notes = f"## One \n{first}\n\n## Two\n{second}\n  trailing \n".replace("\r\n", "\n")
    assert render(parse(page(notes=notes))).endswith("\n" + notes)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Pay 3 [USD] to @bob - now", "Pay 3 [USD] to @bob - now"),
        ("@bob - @alice wrote this", "@alice wrote this"),
        (r"\@bob is here", "@bob is here"),
        (r"C:\temp\new", r"C:\temp\new"),
        (r"Tick the \✅", "Tick the ✅"),
        ("Tick ✅ all boxes", "Tick ✅ all boxes"),
        (r"The \(blocked: state) itself", "The (blocked: state) itself"),
        (r"A \\@ sign", r"A \@ sign"),
    ],
)
def test_a_title_means_what_it_says(written: str, meant: str) -> None:
    state = parse(page(f"### REVIEW\n- [TASK-001] {written}"))

    assert not state.problems
    assert state.tasks[0].title == meant
    assert parse(render(state)) == state


def test_a_new_line_needs_no_key_and_any_bullet_will_do() -> None:
    state = parse(page("### in progress\n* Paint\n- [new] @bob @alice - Sweep (blocked: no broom)"))

    paint, sweep = state.tasks
    assert (paint.key, paint.title, paint.status) == (None, "Paint", "in_progress")
    assert (sweep.assignees, sweep.title, sweep.blocked) == (("bob", "alice"), "Sweep", "no broom")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "begins with"),
        (page("### FLYING\n- [TASK-001] A"), 5, "“FLYING” is no status"),
        (page("### INBOX\n- [TASK-001] A\n- [TASK-001] B"), 7, "TASK-001 is in line 6 already"),
        (page("### INBOX\nJust words"), 6, "is no line such as"),
        (page("### INBOX\n  - [TASK-001] Indented"), 6, "is no line such as"),
        (page("### INBOX\n- [ ] A box"), 6, "is no key"),
        (page("### INBOX\n- [TASK-001]"), 6, "needs a title"),
        (page("### INBOX\n- [TASK-001] @bob"), 6, "come “ - ” and the title"),
        (page("### INBOX\n- [TASK-001]  ✅"), 6, "needs a title"),
        (page("- [TASK-001] A"), 5, "under no status"),
        (page(notes="## Current Tasks\n"), 6, "in line 3 already"),
        (page(notes="## Active Agents\nsomebody\n"), 7, "is no line such as"),
        (page(notes="## Recent Activity\nsomething\n"), 7, "is no line such as"),
        ("# Mission Control - Working State\nLast Updated: soon\n## Current Tasks", 2, "no time"),
        ("# Mission Control - Working State\nHello\n## Current Tasks", 2, "heading of its own"),
        ("# Mission Control - Working State\n## Notes\n", 2, "no section “## Current Tasks”"),
    ],
)
def test_what_cannot_be_understood_is_reported_with_its_line(
    text: str, line: int, words: str
) -> None:
    problem = parse(text).problems[0]

    assert problem.line == line
    assert words in problem.message


def test_a_page_from_a_browser_reads_the_same() -> None:
    assert parse(DOCUMENTED.replace("\n", "\r\n")) == parse(DOCUMENTED)


def test_notes_without_a_last_newline_get_one() -> None:
    assert parse(page(notes="## Plan\nGo")).notes == (Note("Plan", "Go\n"),)
