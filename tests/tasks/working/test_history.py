"""Earlier pages: kept, compared, brought back, and carried to files."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from accounts.models import Membership, Workspace
from activity.models import Activity
from core.errors import Forbidden, NotFound
from tasks import actions
from tasks.jobs import snapshot
from tasks.models import Task, WorkingVersion
from tasks.working import (
    read_working_state,
    restore_working_version,
    snapshot_if_changed,
    working_diff,
    working_version,
    working_versions,
    write_working_state,
    writing,
)

pytestmark = pytest.mark.django_db


def with_notes(alice: Membership, body: str) -> int:
    page = read_working_state(alice.workspace)
    text = page.text.split("## Plan\n")[0].rstrip() + f"\n\n## Plan\n{body}\n"
    return write_working_state(
        actor=alice.actor, workspace=alice.workspace, text=text, base_etag=page.etag
    ).version


def test_restoring_brings_back_what_a_version_says(
    alice: Membership, workspace: Workspace, agents: SimpleNamespace
) -> None:
    technical = agents.technical.actor
    paint = actions.create_task(actor=alice.actor, title="Paint", assignees=[technical])
    sweep = actions.create_task(actor=alice.actor, title="Sweep")
    number = with_notes(alice, "first")
    actions.edit_task(actor=alice.actor, task=paint, title="Paint red")
    actions.move_task(actor=alice.actor, task=paint, status="done")
    actions.assign_task(actor=alice.actor, task=sweep, assignees=[alice.actor])
    with_notes(alice, "second")

    result = restore_working_version(actor=alice.actor, workspace=workspace, number=number)

    paint.refresh_from_db()
    sweep.refresh_from_db()
    assert (paint.title, paint.status, paint.assignees.get()) == ("Paint", "assigned", technical)
    assert (sweep.status, sweep.assignees.count()) == ("inbox", 0)
    assert not result.ignored
    newest = working_version(workspace, result.version)
    assert (newest.note, newest.base_number) == (f"restored version {number}", number)
    assert newest.notes == [{"heading": "Plan", "body": "first\n"}]
    assert (
        Activity.objects.filter(verb="working.edited")
        .latest("number")
        .message.startswith("restored version 1: ")
    )


def test_what_cannot_be_brought_back_is_listed_and_the_rest_is_done(
    alice: Membership, workspace: Workspace
) -> None:
    gone, waits, free = (
        actions.create_task(actor=alice.actor, title=title, assignees=[alice.actor])
        for title in ("Gone", "Waits", "Free")
    )
    for task in (waits, free):
        actions.move_task(actor=alice.actor, task=task, status="in_progress")
    number = with_notes(alice, "first")
    actions.delete_task(actor=alice.actor, task=gone)
    later = actions.create_task(actor=alice.actor, title="Later")
    for task in (waits, free):
        actions.move_task(actor=alice.actor, task=task, status="assigned")
    actions.add_dependency(actor=alice.actor, task=waits, needs=later)

    result = restore_working_version(actor=alice.actor, workspace=workspace, number=number)

    assert result.applied == ["TASK-003: ASSIGNED → IN_PROGRESS"]
    assert {(item.text, item.reason.split(",")[0]) for item in result.ignored} == {
        ("TASK-001 Gone", "It was deleted"),
        ("TASK-004 Later", "It came later"),
        ("TASK-002", "TASK-002 waits for TASK-004"),
    }


def test_versions_are_listed_for_those_of_the_house(
    alice: Membership, viewer: Membership, charlie: Membership, workspace: Workspace
) -> None:
    with_notes(alice, "first")
    with_notes(alice, "second")

    assert [version.number for version in working_versions(workspace)] == [2, 1]
    with pytest.raises(NotFound):
        working_version(charlie.workspace, 1)
    with pytest.raises(Forbidden):
        restore_working_version(actor=viewer.actor, workspace=workspace, number=1)


def test_two_pages_side_by_side() -> None:
    old = "\n".join(map(str, range(20)))
    diff = working_diff(old, old.replace("9\n", "nine\n") + "\n20")

    kinds = [row.kind for row in diff.rows]
    changed = next(row for row in diff.rows if row.kind == "changed")
    assert (changed.old_line, changed.old, changed.new_line, changed.new) == (10, "9", 10, "nine")
    assert (kinds[0], kinds[-1]) == ("skipped", "added")
    assert "-9\n+nine" in diff.unified
    assert (diff.added, diff.removed) == (2, 1)
    assert working_diff(old, old).rows == []


def test_when_a_page_was_written_is_no_difference() -> None:
    page = "# A page\nLast Updated: 2026-02-02T10:30:00Z\n\n## Notes\n"
    later = page.replace("10:30:00", "11:45:10")

    assert working_diff(page, later).rows == []
    diff = working_diff(page, later + "New\n")
    assert (diff.added, diff.removed) == (1, 0)


def test_a_page_is_kept_when_it_says_something_new(alice: Membership, workspace: Workspace) -> None:
    task = actions.create_task(actor=alice.actor, title="Paint")
    log = Activity.objects.count()

    assert snapshot() >= 1
    assert snapshot() == 0
    actions.edit_task(actor=alice.actor, task=task, description="Not on the page")
    assert snapshot() == 0
    actions.edit_task(actor=alice.actor, task=task, title="Paint it")
    cache.clear()
    assert snapshot() == 1

    newest = working_version(workspace, 2)
    assert (newest.note, newest.author.kind) == ("snapshot", "system")
    assert "Paint it" in newest.text
    assert Activity.objects.count() == log + 2


def test_a_snapshot_keeps_the_notes(alice: Membership, workspace: Workspace) -> None:
    with_notes(alice, "first")
    actions.create_task(actor=alice.actor, title="Paint")
    snapshot_if_changed(workspace)

    assert read_working_state(workspace).text.endswith("## Plan\nfirst\n")


def test_only_so_many_versions_are_kept(
    alice: Membership, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "KEEP", 3)
    for number in range(5):
        with_notes(alice, f"v{number}")

    assert list(WorkingVersion.objects.values_list("number", flat=True)) == [5, 4, 3]


def test_a_page_goes_to_a_file_and_comes_back_edited(
    alice: Membership,
    workspace: Workspace,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    actions.create_task(actor=alice.actor, title="Paint")
    before, after = tmp_path / "before.md", tmp_path / "after.md"
    call_command("working_state", "export", str(before))
    assert before.read_text() == read_working_state(workspace).text
    after.write_text(before.read_text().replace("Paint", "Paint it"))
    actions.create_task(actor=alice.actor, title="Sweep")

    call_command("working_state", "--as", "alice", "import", str(after), "--base", str(before))

    assert list(Task.objects.values_list("title", flat=True)) == ["Paint it", "Sweep"]
    call_command("working_state", "history")
    assert "@alice  imported" in capsys.readouterr().out
    actions.edit_task(actor=alice.actor, task=Task.objects.get(number=1), title="Other")
    call_command("working_state", "restore", "1")
    assert Task.objects.get(number=1).title == "Paint it"
    assert sorted(tmp_path.iterdir()) == [after, before]


def test_the_command_says_what_is_wrong(
    alice: Membership, workspace: Workspace, charlie: Membership, tmp_path: Path
) -> None:
    file = tmp_path / "page.md"
    file.write_bytes(b"\xff\xfe\x00")
    slug = ["--workspace", workspace.slug]

    with pytest.raises(CommandError, match="Say which workspace"):
        call_command("working_state", "export")
    with pytest.raises(CommandError, match="cannot be read as text"):
        call_command("working_state", *slug, "import", str(file))
    file.write_text("# Hello\n")
    with pytest.raises(CommandError, match="Line 1: The page begins with"):
        call_command("working_state", *slug, "import", str(file))
    with pytest.raises(CommandError, match="no version 7"):
        call_command("working_state", *slug, "restore", "7")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("working_state", *slug, "export", str(tmp_path / "no" / "page.md"))
