"""Taking a plan into the board: once, again, changed, and not at all."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Workspace
from activity.models import Activity
from agents.models import Wake
from core.errors import Conflict, Forbidden, Invalid
from documents.models import Document
from tasks import actions
from tasks.models import Dependency, Evidence, Review, Task
from tasks.roadmap.importing import ImportReport, import_roadmap

pytestmark = pytest.mark.django_db

PLANS = Path(__file__).parent / "plans"
MISSION = (PLANS / "mission-control.md").read_text()
SMALL = """# Harbour
## Phase 1: Dig
### 1.1 Survey
- [x] Walk along
- [x] Measure
### 1.2 Dredge (2-3 days)
Dependencies: 1.1
Agent Type: Diver
Acceptance Criteria:
- ✅ 4 m deep
#### 1.2.1 Rent the ship
- Ask around
## Phase 2: Build
Dependencies: Phase 1
- Pier
- Lamp (depends on Pier)
"""


def take(member: Membership, text: str | bytes = SMALL, **more: Any) -> ImportReport:
    return import_roadmap(actor=member.actor, workspace=member.workspace, text=text, **more)


def task(key: str, title: str = "harbour") -> Task:
    return Task.objects.get(source_key=f"roadmap/{title}/{key}")


def needs(key: str) -> list[str]:
    rows = Dependency.objects.filter(task=task(key)).order_by("needs__number")
    return [str(row.needs.source_key).removeprefix("roadmap/harbour/") for row in rows]


def everything() -> list[Any]:
    return [
        list(Task.objects.order_by("pk").values()),
        list(Dependency.objects.order_by("pk").values()),
        list(Activity.objects.order_by("pk").values()),
        list(Document.objects.order_by("pk").values()),
    ]


def test_mission_control_becomes_6_phases_and_28_tasks(alice: Membership) -> None:
    take(alice, MISSION)

    assert Task.objects.filter(kind="phase").count() == 6
    assert Task.objects.filter(kind="task").count() == 28
    assert Dependency.objects.count() == 34 + 2 * 23
    assert set(Task.objects.values_list("status", flat=True)) == {"inbox"}
    first = task("0.1", "mission-control-development-roadmap")
    assert first.title == "Project Structure Setup"
    assert (first.estimate_low, first.estimate_high, first.needs) == (4, 6, ["technical"])
    assert first.parent is not None
    assert first.parent.title == "Foundation & Architecture"
    assert len(first.criteria) == 3
    assert "`docker-compose.yml` for local development" in first.description


def test_it_takes_the_same_number_of_queries_for_2_tasks_as_for_60(alice: Membership) -> None:
    def queries(count: int) -> int:
        plan = f"# Plan {count}\n## Phase 1\n" + "".join(
            f"### 1.{number} Task\n- [x] a\nDependencies: 1.{number - 1}\n"
            for number in range(1, count + 1)
        )
        with CaptureQueriesContext(
            connection,
        ) as captured:
            take(alice, plan)
        return sum("INSERT" not in query["sql"] for query in captured)

    queries(1)
    assert queries(2) == queries(60)


def test_phases_hold_tasks_which_hold_subtasks(alice: Membership) -> None:
    take(alice)
    assert task("phase-1").kind == "phase"
    assert task("1.2").parent == task("phase-1")
    assert task("1.2.1").parent == task("1.2")
    numbers = Task.objects.order_by("number").values_list("title", flat=True)
    assert list(numbers) == ["Dig", "Survey", "Dredge", "Rent the ship", "Build", "Pier", "Lamp"]
    assert Task.objects.count() == len({row.position for row in Task.objects.all()})


def test_what_a_task_or_phase_waits_for_its_parts_wait_for_too(alice: Membership) -> None:
    take(alice)
    assert needs("1.2") == ["1.1"]
    assert needs("1.2.1") == ["1.1"]
    assert needs("phase-2") == []
    assert needs("phase-2/pier") == ["1.1", "1.2"]
    assert needs("phase-2/lamp") == ["1.1", "1.2", "phase-2/pier"]


def test_what_is_ticked_is_done_with_that_as_its_evidence(alice: Membership) -> None:
    take(alice)
    survey = task("1.1")
    assert survey.status == "done"
    assert survey.done_at is not None
    evidence = survey.evidence.get()
    assert evidence.summary == "Ticked in the roadmap"
    assert evidence.document == Document.objects.get()
    assert survey.reviews.get().evidence.get() == evidence
    assert task("phase-1").status == "in_progress"
    assert task("1.2").status == "inbox"


def test_a_phase_of_which_all_is_ticked_is_done(alice: Membership) -> None:
    take(alice, "# Harbour\n## Phase 1\n- [x] a\n- [x] b\n  - [x] c\n")
    assert {row.status for row in Task.objects.all()} == {"done"}
    assert task("phase-1").evidence.get().summary == "All 2 subtasks are done."
    assert Evidence.objects.count() == Review.objects.count() == 4


def test_it_is_one_entry_in_the_log_and_one_for_each_task(
    alice: Membership, agents: SimpleNamespace
) -> None:
    Wake.objects.all().delete()
    take(alice)
    entry = Activity.objects.get(verb="roadmap.imported")
    assert entry.message == "imported the roadmap “Harbour”: 2 phases and 5 tasks"
    assert entry.document == Document.objects.get()
    assert Activity.objects.filter(verb="task.created").count() == 7
    assert Wake.objects.get().agent == agents.orchestrator


def test_the_text_is_kept_as_a_document(alice: Membership) -> None:
    report = take(alice)
    document = Document.objects.get()
    assert (document.title, document.content) == ("Roadmap: Harbour", SMALL)
    assert document.task == task("phase-1")
    assert report.document_id == document.pk


def test_importing_twice_changes_nothing(alice: Membership) -> None:
    take(alice)
    before = everything()
    report = take(alice)
    assert everything() == before
    assert (report.created, report.updated, report.kept) == ([], [], [])
    assert report.unchanged == 7


def test_importing_twice_leaves_alone_what_was_changed_on_the_board(alice: Membership) -> None:
    take(alice)
    actions.edit_task(actor=alice.actor, task=task("1.2"), title="Dredge deeper")
    actions.move_task(actor=alice.actor, task=task("phase-2/pier"), status="inbox")
    actions.delete_task(actor=alice.actor, task=task("phase-2/lamp"))
    before = everything()
    report = take(alice)
    assert everything() == before
    assert [(kept.key, kept.why) for kept in report.kept] == [
        ("phase-2/lamp", "it was deleted from the board; it is not made again")
    ]


def test_a_changed_plan_adds_what_is_new_and_changes_what_has_not_begun(alice: Membership) -> None:
    take(alice)
    changed = SMALL.replace("1.2 Dredge (2-3 days)", "1.2 Dredge it all (1 week)").replace(
        "- ✅ 4 m deep", "- ✅ 5 m deep\n- ✅ No mud"
    )
    changed += "- Bench (depends on Lamp)\n### 2.9 Flags\nText\n"
    report = take(alice, changed)

    dredge = task("1.2")
    assert (dredge.title, dredge.estimate_low, dredge.version) == ("Dredge it all", 40, 2)
    assert [item["text"] for item in dredge.criteria] == ["5 m deep", "No mud"]
    assert {row["key"] for row in report.created} == {"2.9"}
    assert task("2.9").number == 8
    assert Document.objects.get().version == 2
    assert Activity.objects.filter(verb="task.edited").count() == len(report.updated)


def test_work_that_has_begun_is_left_alone_and_reported(alice: Membership) -> None:
    take(alice)
    actions.assign_task(actor=alice.actor, task=task("1.2.1"), assignees=[alice.actor])
    actions.move_task(actor=alice.actor, task=task("1.2.1"), status="in_progress")
    report = take(alice, SMALL.replace("1.2.1 Rent the ship", "1.2.1 Buy the ship"))
    assert task("1.2.1").title == "Rent the ship"
    assert [kept.why for kept in report.kept] == [
        "its title changed in the document, but it is in progress already"
    ]


def test_the_same_thing_changed_in_both_places_is_left_to_the_board(alice: Membership) -> None:
    take(alice)
    actions.edit_task(actor=alice.actor, task=task("phase-2/pier"), description="In stone.")
    changed = SMALL.replace("- Pier\n", "- Pier (2h)\n\n  In wood.\n")
    report = take(alice, changed)
    pier = task("phase-2/pier")
    assert (pier.description, pier.estimate_low) == ("In stone.", 2)
    assert [kept.why for kept in report.kept] == [
        "its description changed in the document and on the board"
    ]


def test_what_left_the_plan_stays_on_the_board_and_is_reported(alice: Membership) -> None:
    take(alice)
    report = take(alice, SMALL.replace("- Lamp (depends on Pier)\n", ""))
    assert task("phase-2/lamp").title == "Lamp"
    assert [(kept.key, kept.title) for kept in report.kept] == [("phase-2/lamp", "Lamp")]


def test_dependencies_follow_the_plan(alice: Membership) -> None:
    take(alice)
    take(alice, SMALL.replace("Dependencies: Phase 1", "Dependencies: 1.1"))
    assert needs("phase-2/pier") == ["1.1"]
    take(alice)
    assert needs("phase-2/pier") == ["1.1", "1.2"]


def test_a_new_task_opens_the_phase_that_was_done(alice: Membership) -> None:
    plan = "# Harbour\n## Phase 1\n- [x] a\n"
    take(alice, plan)
    take(alice, plan + "- b\n")
    assert task("phase-1").status == "in_progress"
    take(alice, plan + "- b\n- [x] c\n")
    assert task("phase-1/c").status == "done"
    assert task("phase-1").status == "in_progress"


def test_a_tick_in_the_plan_does_not_end_work_on_the_board(alice: Membership) -> None:
    take(alice)
    report = take(alice, SMALL.replace("- Pier", "- [x] Pier"))
    assert task("phase-2/pier").status == "inbox"
    assert [kept.why for kept in report.kept] == [
        "it is ticked in the document, but inbox on the board"
    ]


def test_a_circle_with_the_dependencies_on_the_board_is_refused(alice: Membership) -> None:
    plan = "# Harbour\n## Phase 1\n- a\n- b\n"
    take(alice, plan)
    a, b = task("phase-1/a"), task("phase-1/b")
    actions.add_dependency(actor=alice.actor, task=a, needs=b)
    before = everything()
    with pytest.raises(Invalid, match="TASK-002 → TASK-003 → TASK-002"):
        take(alice, plan.replace("- b", "- b (depends on a)"))
    assert everything() == before


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (b"\x00\x01", "file"),
        (b"\xff\xfe", "file"),
        (b"a" * 5_000_000, "file"),
        (b"# Title\n\nNothing to do.\n", "file"),
        (b"## P\n### 1.1 A\nDependencies: 1.2\n### 1.2 B\nDependencies: 1.1\n", "dependencies"),
        (b"## P\n### 1.1 A\n" + b"- [ ] item\n" * 201, "file"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_nothing_is_half_done(
    alice: Membership, text: bytes, field: str
) -> None:
    before = everything()
    with pytest.raises(Invalid) as refused:
        take(alice, text)
    assert refused.value.field == field
    assert everything() == before


def test_a_broken_table_is_listed_and_the_rest_is_taken(alice: Membership) -> None:
    report = take(alice, SMALL + "\n| a | b\n| c\n")
    assert len(report.created) == 7
    assert [problem.text for problem in report.roadmap.problems] == ["| a | b"]


def test_viewers_and_strangers_import_nothing(
    viewer: Membership, charlie: Membership, workspace: Workspace
) -> None:
    with pytest.raises(Forbidden):
        take(viewer)
    with pytest.raises(Forbidden):
        import_roadmap(actor=charlie.actor, workspace=workspace, text=SMALL)


def test_a_dry_run_tells_what_would_happen_and_changes_nothing(alice: Membership) -> None:
    take(alice)
    before = everything()
    report = take(alice, SMALL.replace("Dredge", "Dig") + "- Bench\n", dry_run=True)
    assert everything() == before
    assert [(row["key"], row["task"]) for row in report.created] == [("phase-2/bench", None)]
    assert [(row["task"], row["changed"]) for row in report.updated] == [("TASK-003", ["title"])]


def test_two_roadmaps_live_side_by_side(alice: Membership) -> None:
    take(alice)
    take(alice, title="Other harbour")
    assert Task.objects.count() == 14
    assert task("1.1", "other-harbour").number == 9


@pytest.mark.django_db(transaction=True)
def test_two_who_import_at_once_make_it_once(alice: Membership) -> None:
    start = threading.Barrier(2)

    def one(_: int) -> str:
        try:
            start.wait(30)
            return "changed" if take(alice).changed else "as it was"
        except Conflict:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        ends = sorted(pool.map(one, range(2)))
    assert ends in (["as it was", "changed"], ["changed", "refused"])
    assert Task.objects.count() == 7
    assert Document.objects.count() == 1


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("import_roadmap", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_the_tree_and_needs_no_workspace(db: None) -> None:
    tree = json.loads(command(str(PLANS / "mission-control.md"), "--dry-run", "--json"))
    assert len(tree["phases"]) == 6
    assert tree["counts"]["tasks"] == 28
    assert not Task.objects.exists()


def test_the_command_shows_the_tree_in_words(db: None) -> None:
    said = command(str(PLANS / "vega-foundation.md"), "--dry-run")
    assert "### 1.1 Database Migration" in said
    assert "line 139: a table outside of the phases" in said


def test_the_command_imports_as_the_owner(alice: Membership) -> None:
    said = command(str(PLANS / "vega-foundation.md"))
    assert said.startswith("“VEGA Foundation - Improvement Roadmap”: 16 created")
    assert Task.objects.first().creator == alice.actor  # type: ignore[union-attr]
    again = json.loads(command(str(PLANS / "vega-foundation.md"), "--json"))
    assert again["import"]["unchanged"] == 16


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["missing.md"], "file: missing.md cannot be read"),
        ([str(PLANS / "deep.md"), "--workspace", "nowhere"], "workspace: there is no"),
        ([str(PLANS / "deep.md"), "--as", "nobody"], "as: there is no member"),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong(
    alice: Membership, arguments: list[str], says: str
) -> None:
    with pytest.raises(CommandError, match=says):
        command(*arguments)
