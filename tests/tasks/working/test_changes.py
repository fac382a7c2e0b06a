"""What an edit means, and what comes of two edits of one page."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.working.changes import (
    AssigneesChanged,
    BlockChanged,
    HouseLinesChanged,
    LineRemoved,
    NotesChanged,
    Retitled,
    StatusChanged,
    TaskAdded,
    changes,
    merge,
    merge_notes,
)
from tasks.working.state import STATUSES, AgentLine, Note, TaskLine, WorkingState


def state(*tasks: TaskLine, notes: dict[str, str] | None = None) -> WorkingState:
    return WorkingState(
        tasks=tasks, notes=tuple(Note(head, body) for head, body in (notes or {}).items())
    )


def one(status: str = "assigned", title: str = "Paint", who: str = "", why: str = "") -> TaskLine:
    return TaskLine("TASK-001", status, title, tuple(who.split()), why)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (one(), one("review"), StatusChanged("TASK-001", "assigned", "review")),
        (one(), one(who="bob"), AssigneesChanged("TASK-001", (), ("bob",))),
        (one(), one(title="Sweep"), Retitled("TASK-001", "Paint", "Sweep")),
        (one(), one(why="no paint"), BlockChanged("TASK-001", "", "no paint")),
    ],
)
def test_each_part_of_a_line_is_a_change_of_its_own(
    before: TaskLine, after: TaskLine, expected: object
) -> None:
    assert changes(state(before), state(after)) == [expected]
    assert changes(state(before), state(before)) == []


def test_assignees_in_another_order_are_the_same() -> None:
    assert changes(state(one(who="alice bob")), state(one(who="bob alice"))) == []


def test_a_line_moved_to_done_may_lose_its_assignees_and_its_block() -> None:
    found = changes(state(one("review", who="bob", why="no paint")), state(one("done")))

    assert found == [StatusChanged("TASK-001", "review", "done")]


def test_new_and_missing_lines_and_what_only_the_house_writes() -> None:
    base = replace(state(one()), agents=(AgentLine("agent:x:main", "idle"),))
    new = TaskLine(None, "inbox", "Sweep")

    added, removed, agents = changes(base, state(new))

    assert added == TaskAdded(new)
    assert removed == LineRemoved("TASK-001", "Paint")
    assert isinstance(agents, HouseLinesChanged)


def test_another_order_in_a_column_is_not_taken_in_silence() -> None:
    two = TaskLine("TASK-002", "assigned", "Sweep")

    (found,) = changes(state(one(), two), state(two, one()))

    assert isinstance(found, HouseLinesChanged)
    assert "ASSIGNED" in found.what


def test_changes_of_different_parts_join() -> None:
    merged = merge(state(one()), state(one("review")), state(one(title="Sweep", who="bob")))

    assert merged.changes == (StatusChanged("TASK-001", "assigned", "review"),)
    assert not merged.clashes


def test_the_same_change_on_both_sides_is_done_already() -> None:
    assert not merge(state(one()), state(one("review")), state(one("review"))).changes


def test_different_changes_of_the_same_part_clash() -> None:
    merged = merge(state(one()), state(one("review")), state(one("in_progress")))

    assert not merged.changes
    (clash,) = merged.clashes
    assert (clash.base, clash.mine, clash.theirs) == ("assigned", "review", "in_progress")


def test_changing_what_was_deleted_clashes_and_leaving_it_does_not() -> None:
    assert merge(state(one()), state(one("review")), state()).clashes[0].field == "task"
    assert not merge(state(one()), state(one()), state()).clashes


def test_a_line_sent_twice_makes_one_task() -> None:
    base, mine = state(one()), state(one(), TaskLine(None, "inbox", "Sweep"))
    theirs = state(one(), TaskLine("TASK-002", "inbox", "Sweep"))

    assert not any(isinstance(change, TaskAdded) for change in merge(base, mine, theirs).changes)


def test_notes_of_different_names_join_and_of_the_same_clash() -> None:
    base = state(notes={"Plan": "one\n", "Risks": "none\n"})
    mine = state(notes={"Plan": "two\n", "Risks": "none\n"})
    theirs = state(notes={"Plan": "one\n", "Risks": "fire\n", "New": "x\n"})

    merged = merge(base, mine, theirs)
    assert merged.notes == (Note("Plan", "two\n"), Note("Risks", "fire\n"), Note("New", "x\n"))
    assert merged.changes == (NotesChanged(("Plan", 0), "one\n", "two\n"),)

    clash = merge(base, mine, state(notes={"Plan": "three\n"})).clashes[0]
    assert (clash.field, clash.mine, clash.theirs) == ("notes", "two\n", "three\n")


def test_notes_of_the_same_name_are_told_apart_by_their_place() -> None:
    base = (Note("A", "1\n"), Note("A", "2\n"))
    merged, changed, _ = merge_notes(base, (Note("A", "1\n"), Note("A", "3\n")), base)

    assert merged == (Note("A", "1\n"), Note("A", "3\n"))
    assert changed == [NotesChanged(("A", 1), "2\n", "3\n")]


def test_notes_put_in_another_order_stay_in_it() -> None:
    base = (Note("A", "1\n"), Note("B", "2\n"))
    merged, changed, _ = merge_notes(base, tuple(reversed(base)), (*base, Note("C", "3\n")))

    assert [note.heading for note in merged] == ["B", "C", "A"]
    assert changed


sections = st.lists(
    st.builds(Note, st.sampled_from("ABC"), st.sampled_from(["", "x\n", "y\n"])), max_size=4
).map(tuple)


@given(sections, sections, sections)
def test_merging_notes_loses_neither_side(
    base: tuple[Note, ...], mine: tuple[Note, ...], theirs: tuple[Note, ...]
) -> None:
    assert merge_notes(base, mine, base)[0] == mine
    assert sorted(map(str, merge_notes(base, base, theirs)[0])) == sorted(map(str, theirs))
    merged, changed, clashes = merge_notes(base, mine, theirs)
    if not clashes:
        assert bool(changed) == (merged != theirs)


lines = st.builds(
    TaskLine,
    st.sampled_from([f"TASK-00{number}" for number in range(1, 4)]),
    st.sampled_from(STATUSES),
    st.sampled_from(["Paint", "Sweep"]),
)
boards = st.lists(lines, max_size=3, unique_by=lambda line: line.key).map(
    lambda tasks: WorkingState(tasks=tuple(tasks))
)


@given(boards, boards)
def test_nobody_clashes_with_themselves(base: WorkingState, mine: WorkingState) -> None:
    assert not merge(base, mine, replace(base, tasks=(*base.tasks, *_only(mine, base)))).clashes


def _only(one_side: WorkingState, other: WorkingState) -> list[TaskLine]:
    known = other.by_key()
    return [line for line in one_side.tasks if line.key not in known]
