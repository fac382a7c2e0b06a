"""Sample plans in many styles, each beside the tree that it must give."""

from pathlib import Path

import pytest

from tasks.roadmap.parse import parse
from tests.tasks.plan_outline import outline

PLANS = Path(__file__).parent / "plans"


def plan(name: str) -> bytes:
    return (PLANS / f"{name}.md").read_bytes()


@pytest.mark.parametrize("name", sorted(path.stem for path in PLANS.glob("*.md")))
def test_a_plan_gives_its_tree(name: str) -> None:
    assert outline(parse(plan(name))) == (PLANS / f"{name}.expected").read_text()


def test_mission_control_has_6_phases_28_tasks_and_every_dependency_named() -> None:
    roadmap = parse(plan("mission-control"))
    counts = roadmap.counts()
    assert (counts["phases"], counts["tasks"], counts["children"]) == (6, 28, 0)
    earlier = [task.key for phase in roadmap.phases[:5] for task in phase.tasks]
    for task in roadmap.nodes():
        named = task.dependencies_text
        if named == "All previous phases":
            assert task.depends_on == earlier
        else:
            assert task.depends_on == [] if named == "None" else named.split(", ")


def test_no_task_of_mission_control_is_done_by_the_signs_before_its_criteria() -> None:
    roadmap = parse(plan("mission-control"))
    assert not any(task.done for task in roadmap.nodes())
    assert not any(item.done for task in roadmap.nodes() for item in task.criteria)
    first = next(roadmap.nodes())
    assert first.criteria[0].text == "Both backend and frontend start without errors"


def test_code_stays_in_the_description() -> None:
    tasks = {task.key: task for task in parse(plan("mission-control")).nodes()}
    assert "# Mission Control - Working State" in tasks["2.2"].description
    assert "def schedule_heartbeats" in tasks["2.1"].description


def test_vega_has_its_checkboxes_and_no_dependencies() -> None:
    roadmap = parse(plan("vega-foundation"))
    assert roadmap.counts()["dependencies"] == 0
    first = next(roadmap.nodes())
    assert first.checklist[2].text == "Migrate time_crystal.json data to database"
    assert "**Current**: JSON file storage" in first.description
    tables = [problem.line for problem in roadmap.problems if "table" in problem.why]
    assert tables == [139, 180]


@pytest.mark.parametrize("name", sorted(path.stem for path in PLANS.glob("*.md")))
def test_line_ends_and_a_byte_order_mark_make_no_difference(name: str) -> None:
    windows = b"\xef\xbb\xbf" + plan(name).replace(b"\n", b"\r\n")
    assert parse(windows) == parse(plan(name))
    assert parse(windows).problems == parse(plan(name)).problems
