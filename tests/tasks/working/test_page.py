"""The page agrees with the database at every moment, and costs the same at any size."""

import random
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership, Workspace
from core.errors import MCError
from tasks import actions
from tasks.models import Task
from tasks.working import page as page_module
from tasks.working import read_working_state, write_working_state
from tasks.working.text import parse

pytestmark = pytest.mark.django_db


def test_it_shows_who_has_what_and_what_holds_it_up(
    alice: Membership, workspace: Workspace, agents: SimpleNamespace
) -> None:
    task = actions.create_task(
        actor=alice.actor, title="Paint", assignees=[agents.technical.actor, alice.actor]
    )
    actions.block_task(actor=alice.actor, task=task, reason="no paint")

    text = read_working_state(workspace).text

    line = "- [TASK-001] @agent:technical:main @alice - Paint (blocked: no paint)"
    assert f"### ASSIGNED\n{line}\n" in text
    assert "- agent:technical:main [IDLE] - builds things" in text
    assert " - alice blocked TASK-001 Paint: no paint\n" in text
    assert not parse(text).problems


@pytest.mark.parametrize("count", [1, 30, 300])
def test_the_number_of_queries_does_not_grow(
    alice: Membership, workspace: Workspace, agents: SimpleNamespace, count: int
) -> None:
    Task.objects.bulk_create(
        Task(
            workspace=workspace,
            number=number,
            title=f"Task {number}",
            status=["inbox", "review", "done"][number % 3],
            creator=alice.actor,
            moved_at=timezone.now(),
        )
        for number in range(1, count + 1)
    )
    read_working_state(workspace)
    with CaptureQueriesContext(connection) as queries:
        page = read_working_state(workspace)

    assert len(queries) <= 11
    assert len(parse(page.text).tasks) == count


def test_only_the_newest_done_tasks_are_listed_and_the_others_counted(
    alice: Membership, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "DONE_SHOWN", 2)
    for number in range(5):
        task = actions.create_task(actor=alice.actor, title=f"Task {number}")
        actions.move_task(actor=alice.actor, task=task, status="done")

    page = read_working_state(workspace)

    assert "### DONE\n- [TASK-005] Task 4 ✅\n- [TASK-004] Task 3 ✅\n- … and 3 more" in page.text
    # A task that is not shown can be named all the same, and comes back.
    edited = page.text.replace("### REVIEW", "- [TASK-001] Task 0\n\n### REVIEW")
    result = write_working_state(
        actor=alice.actor, workspace=workspace, text=edited, base_etag=page.etag
    )
    assert result.applied == ["TASK-001: DONE → IN_PROGRESS"]


def test_the_etag_changes_with_what_can_be_edited_and_with_nothing_else(
    alice: Membership, workspace: Workspace
) -> None:
    task = actions.create_task(actor=alice.actor, title="Paint")
    first = read_working_state(workspace)
    actions.edit_task(actor=alice.actor, task=task, description="Green.")
    second = read_working_state(workspace)
    actions.block_task(actor=alice.actor, task=task, reason="no paint")
    third = read_working_state(workspace)

    assert second.event_number > first.event_number
    assert first.etag == second.etag != third.etag


def test_nothing_of_another_workspace_is_on_it(
    alice: Membership, workspace: Workspace, charlie: Membership
) -> None:
    actions.create_task(actor=charlie.actor, title="Secret")

    assert "Secret" not in read_working_state(workspace).text


@pytest.mark.parametrize("seed", range(6))
def test_it_agrees_with_the_database_whatever_happens(
    alice: Membership, workspace: Workspace, agents: SimpleNamespace, seed: int
) -> None:
    chance = random.Random(seed)
    tasks: list[Task] = []
    everyone = [alice.actor, agents.technical.actor, agents.qa.actor]
    for step in range(30):
        task = chance.choice(tasks) if tasks else None
        try:
            if task is None or chance.random() < 0.25:
                parent = chance.choice([None, *tasks]) if chance.random() < 0.4 else None
                tasks.append(
                    actions.create_task(actor=alice.actor, title=f"T{step} [✅ @x", parent=parent)
                )
            elif chance.random() < 0.3:
                who = chance.sample(everyone, chance.randint(0, 2))
                actions.assign_task(actor=alice.actor, task=task, assignees=who)
            elif chance.random() < 0.1:
                actions.block_task(actor=alice.actor, task=task, reason="waits (blocked: )")
            else:
                status = chance.choice(Task.Status.values)
                actions.move_task(actor=alice.actor, task=task, status=status)
        except MCError:
            pass
        page = read_working_state(workspace)
        state = parse(page.text)
        workspace.refresh_from_db()

        assert not state.problems
        assert page.event_number == workspace.last_event
        assert {line.key: (line.status, line.title) for line in state.tasks} == {
            task.key: (task.status, task.title) for task in Task.objects.all()
        }
        for line in state.tasks:
            rows = Task.objects.get(number=int(line.key[5:])).assignments.all()  # type: ignore[index]
            assert line.status == "done" or len(line.assignees) == len(rows)
