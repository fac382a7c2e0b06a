"""Reading a plan: what becomes of its lines, and what is refused."""

from typing import Any

import pytest

from core.errors import Invalid
from tasks.roadmap.estimates import hours, take_hours
from tasks.roadmap.parse import parse
from tasks.roadmap.tree import Roadmap, TaskNode


def task_of(body: str) -> TaskNode:
    """The task that `body` makes below the heading "1.1 The task"."""
    return (
        parse(f"## Phase 1\n### 1.1 The task\n{body}\n### 1.2 Other\n### 1.3 Third\n")
        .phases[0]
        .tasks[0]
    )


def problems_of(roadmap: Roadmap) -> list[tuple[int, str]]:
    return [(problem.line, problem.text) for problem in roadmap.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4-6 hours", (4, 6)),
        ("4–6h", (4, 6)),
        ("2 days", (16, 16)),
        ("1 week", (40, 40)),
        ("30 min", (0.5, 0.5)),
        ("1-2 weeks (tentative)", (40, 80)),
        ("4 hours - 2 days", (4, 16)),
        ("1d 4h", (12, 12)),
        ("2 hours 30 min", (2.5, 2.5)),
        ("~3h", (3, 3)),
        ("1½ days", (12, 12)),
        ("half a day", (4, 4)),
        ("1,5 Stunden", (1.5, 1.5)),
        ("2-3 дня", (16, 24)),
        ("3 小时", (3, 3)),
        ("6-4 hours", (4, 6)),
        ("3 story points", None),
        ("Week 1", None),
        ("TBD", None),
        ("5", None),
    ],
)
def test_a_duration_is_hours_of_work(text: str, expected: tuple[float, float] | None) -> None:
    assert hours(text) == expected


def test_a_duration_that_is_part_of_the_matter_stays_in_the_title() -> None:
    assert take_hours("Set up CI (2-3 hours)") == ("Set up CI", (2, 3))
    assert take_hours("Set up CI - 2h") == ("Set up CI", (2, 2))
    assert take_hours("Wait 2 days") == ("Wait 2 days", None)
    assert take_hours("Time-out: 30 min") == ("Time-out: 30 min", None)


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("1.2, 1.3", ["1.2", "1.3"]),
        ("1.2 and 1.3", ["1.2", "1.3"]),
        ("Task 1.2; task 1.3.", ["1.2", "1.3"]),
        ("Tasks 1.2 & 1.3", ["1.2", "1.3"]),
        ("1.2-1.3", ["1.2", "1.3"]),
        ("1.2 to 1.3", ["1.2", "1.3"]),
        ("1.2 – 1.3 (both)", ["1.2", "1.3"]),
        ("1.2 (Other), 1.3: Third", ["1.2", "1.3"]),
        ("**Other**", ["1.2"]),
        ("[1.2](#12-other)", ["1.2"]),
        ("Third, Other", ["1.3", "1.2"]),
        ("1.2, 1.2, Other", ["1.2"]),
        ("1.2 must be done", ["1.2"]),
        ("Completion of 1.3", ["1.3"]),
        ("(1.2, 1.3)", ["1.2", "1.3"]),
        ("None", []),
        ("none (can start at once)", []),
        ("N/A", []),
        ("-", []),
        ("—", []),
        ("", []),
        ("keine", []),
    ],
)
def test_dependencies_are_what_the_words_name(words: str, keys: list[str]) -> None:
    assert task_of(f"**Dependencies:** {words}").depends_on == keys


@pytest.mark.parametrize(
    "words", ["PostgreSQL 15", "1.9", "Phase 7", "3 API keys", "the team", "Task 12", "1.2x"]
)
def test_what_names_no_task_is_listed_and_not_invented(words: str) -> None:
    roadmap = parse(f"## Phase 1\n### 1.1 A\n### 1.2 B\nDependencies: {words}, 1.1\n")
    assert roadmap.phases[0].tasks[1].depends_on == ["1.1"]
    assert problems_of(roadmap) == [(4, words)]


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("All previous phases", ["1.1", "1.2", "2.1"]),
        ("all prior phases, 3.1", ["1.1", "1.2", "2.1", "3.1"]),
        ("Previous phase", ["2.1"]),
        ("Phase 1", ["1.1", "1.2"]),
        ("Phases 1 and 2", ["1.1", "1.2", "2.1"]),
        ("Phase 1-2", ["1.1", "1.2", "2.1"]),
        ("Phase 1 (Base)", ["1.1", "1.2"]),
        ("All Phase 1 tasks", ["1.1", "1.2"]),
        ("Base", ["1.1", "1.2"]),
        ("1.x", ["1.1", "1.2"]),
        ("All previous tasks", ["1.1", "1.2", "2.1", "3.1"]),
        ("previous task", ["3.1"]),
        ("1.1-2.1", ["1.1", "1.2", "2.1"]),
    ],
)
def test_phases_stand_for_their_tasks(words: str, keys: list[str]) -> None:
    roadmap = parse(
        "## Phase 1: Base\n### 1.1 A\n### 1.2 B\n## Phase 2: Middle\n### 2.1 C\n"
        f"## Phase 3: Top\n### 3.1 D\n### 3.2 E\nDependencies: {words}\n"
    )
    assert roadmap.phases[2].tasks[1].depends_on == keys
    assert roadmap.problems == []


def test_a_phase_may_depend_on_a_phase() -> None:
    roadmap = parse("## Phase 1\n- a\n## Phase 2\nDependencies: Phase 1\n- b\n")
    assert roadmap.phases[1].depends_on == ["phase-1"]
    assert roadmap.phases[1].tasks[0].depends_on == []


@pytest.mark.parametrize(
    "body",
    [
        "| Task | Dependencies |\n|---|---|\n| 1.2 | 1.3 |",
        "```\nDependencies: 1.2\n```",
        "Dependencies are important for 1.2.",
        "- Dependency resolution for 1.2",
        "- [ ] Dependencies: 1.2",
        "<!-- Dependencies: 1.2 -->",
    ],
)
def test_the_word_alone_makes_no_dependency(body: str) -> None:
    assert task_of(body).depends_on == []


@pytest.mark.parametrize(
    ("body", "done"),
    [
        ("- [x] a\n- [X] b", True),
        ("- [x] a\n- [ ] b", False),
        ("- [x] a\n- b", False),
        ("- a\n- b", False),
        ("- ~~a~~\n- [x] b", True),
        ("- [x] a\n\nAcceptance Criteria:\n- ✅ b\n- ✅ c", True),
        ("- [x] a\n\nAcceptance Criteria:\n- [ ] b", False),
        ("Acceptance Criteria:\n- ✅ a\n- ✅ b", False),
        ("Acceptance Criteria:\n- [x] a", True),
        ("- ✅ a\n- ✅ b", False),
        ("- ✅ a\n- ⬜ b", False),
        ("Status: ✅ Done", True),
        ("Status: not done", False),
        ("- a ✅\n- b ✅", True),
        ("☐ a", False),
        ("", False),
    ],
)
def test_a_task_is_done_when_its_boxes_are_ticked(body: str, done: bool) -> None:
    assert task_of(body).done is done


@pytest.mark.parametrize(
    ("heading", "done"),
    [
        ("1.1 Set up ✅", True),
        ("1.1 Set up (done)", True),
        ("[x] 1.1 Set up", True),
        ("~~1.1 Set up~~", True),
        ("1.1 Set up - completed", True),
        ("✅ 1.1 Set up", False),
        ("1.1 Set up", False),
        ("1.1 Get it done", False),
    ],
)
def test_a_mark_at_the_end_of_a_title_is_a_tick(heading: str, done: bool) -> None:
    roadmap = parse(f"## Phase 1\n### {heading}\n- a\n")
    assert roadmap.phases[0].tasks[0].done is done


def test_a_sign_before_titles_is_a_tick_where_others_are_marked_open() -> None:
    roadmap = parse("## Phase 1\n### ✅ 1.1 A\n## Phase 2\n### 🚧 2.1 B\n### 2.2 C\n")
    assert [task.done for task in roadmap.nodes()] == [True, False, False]


def test_a_ticked_task_with_an_open_subtask_is_reported() -> None:
    roadmap = parse("- [x] a\n  - [ ] b\n")
    assert roadmap.phases[0].tasks[0].done
    assert [problem.line for problem in roadmap.problems] == [1]


def test_labels_may_be_bold_plain_bulleted_or_headings() -> None:
    for body in [
        "**Estimated Time:** 2h\n**Agent Type:** QA / Ops\n**Acceptance Criteria:**\n- works",
        "Estimate: 2h | Agent: QA, Ops\n\nAcceptance criteria:\n\nAll of these:\n\n* works",
        "- **Effort:** 2 hours\n- **Skills:** QA + Ops\n- **Done when:**\n  - works",
        "#### Estimate\n2 hours\n#### Roles\n- QA\n- Ops\n#### Definition of Done\n✅ works",
        "> **Hours:** 2\n> **Role:** QA and Ops\n\n__Acceptance Criteria__\n\n1. works",
    ]:
        task = task_of(body)
        assert (task.estimate_low, task.estimate_high) == (2, 2), body
        assert task.needs == ["qa", "ops"], body
        assert [item.text for item in task.criteria] == ["works"], body
        assert (task.checklist, task.children, task.description) == (
            [],
            [],
            "All of these:" if "All of these" in body else "",
        ), body


def test_bullets_are_the_checklist_and_bullets_with_more_below_are_subtasks() -> None:
    task = task_of("- plain\n- rich\n  - first\n  - [x] second\n- told\n\n  More about it.\n")
    assert [item.text for item in task.checklist] == ["plain"]
    assert [child.title for child in task.children] == ["rich", "told"]
    assert [(item.text, item.done) for item in task.children[0].checklist] == [
        ("first", False),
        ("second", True),
    ]
    assert task.children[1].description == "More about it."


def test_lists_that_describe_are_no_work() -> None:
    task = task_of("**Risks:**\n- rain\n- wind\n\n**Tasks:**\n- build\n\n**Notes:**\n- see above")
    assert [item.text for item in task.checklist] == ["build"]
    assert "- rain" in task.description
    assert "- see above" in task.description


def test_a_second_reading_of_the_same_number_gets_a_key_of_its_own() -> None:
    roadmap = parse("## Phase 1\n### 1.1 A\n### 1.1 B\n### 1.1 C\n")
    assert [task.key for task in roadmap.nodes()] == ["1.1", "1.1-2", "1.1-3"]
    assert [problem.line for problem in roadmap.problems] == [3, 4]


def test_a_long_title_is_cut_and_kept_whole_in_the_description() -> None:
    words = "word " * 60
    task = parse(f"## Phase 1\n### {words}\n").phases[0].tasks[0]
    assert len(task.title) <= 200
    assert task.title.endswith("…")
    assert task.description == words.strip()


@pytest.mark.parametrize(
    ("first", "second", "circle"),
    [
        ("1.2", "1.1", "1.1 → 1.2 → 1.1"),
        ("1.1", "None", "1.1 → 1.1"),
    ],
)
def test_a_circle_of_dependencies_is_refused_by_name(first: str, second: str, circle: str) -> None:
    with pytest.raises(Invalid, match=circle) as refused:
        parse(f"## Phase 1\n### 1.1 A\nDepends on: {first}\n### 1.2 B\nDepends on: {second}\n")
    assert refused.value.field == "dependencies"


@pytest.mark.parametrize("words", ["1.1.1", "1.1.2"])
def test_a_task_and_its_own_part_do_not_wait_for_each_other(words: str) -> None:
    roadmap = parse(
        f"## Phase 1\n### 1.1 A\nDependencies: {words}\n#### 1.1.1 B\n#### 1.1.2 C\n"
        "Dependencies: 1.1, 1.1.1\n"
    )
    assert [node.depends_on for node in roadmap.nodes()] == [[], [], ["1.1.1"]]
    assert [problem.line for problem in roadmap.problems] == [3, 6]


def test_a_circle_through_a_part_is_refused() -> None:
    with pytest.raises(Invalid, match=r"1\.1 → 1\.1\.1 → 1\.2 → 1\.1"):
        parse("## P\n### 1.1 A\n#### 1.1.1 B\nDependencies: 1.2\n### 1.2 C\nDependencies: 1.1\n")


def test_a_circle_through_phases_is_refused() -> None:
    with pytest.raises(Invalid, match="circle"):
        parse(
            "## Phase 1\nDependencies: Phase 2\n### 1.1 A\n## Phase 2\n### 2.1 B\n"
            "Dependencies: 1.1\n"
        )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"# Plan\n- a\x00b\n", "binary"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "binary"),
        ("# Gr\u00fc\u00dfe".encode("latin-1"), "UTF-8"),
        (b"# Plan\n- item\n" * 350_000, "4.9 MB"),
        (b"\n" * 60_000, "60,001 lines"),
        (b"- a\n" * 45_000, "40,000 items"),
        (b"- a\n" * 2_001, "2,000 tasks"),
        (b"# a\n\n" * 5_001, "5,000 headings"),
    ],
)
def test_what_is_no_plan_is_refused_by_its_field(data: bytes, says: str) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        parse(data)
    assert refused.value.field == "file"


def test_an_empty_file_is_an_empty_tree() -> None:
    roadmap = parse("")
    assert roadmap.phases == []
    assert [problem.why for problem in roadmap.problems] == ["no phases or tasks were found"]


def test_json_names_every_part() -> None:
    tree: dict[str, Any] = parse("# T\n## Phase 1\n### 1.1 A (2h)\n- [x] b\n| x |\n").to_json()
    task = tree["phases"][0]["tasks"][0]
    assert task["key"] == "1.1"
    assert task["estimate"] == {"low": 2.0, "high": 2.0}
    assert task["checklist"][0]["done"] is True
    assert tree["counts"]["tasks"] == 1
    assert set(task) >= {"children", "criteria", "dependencies", "dependencies_text", "done"}
