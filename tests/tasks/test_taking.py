"""Taking the next thing to do, for those who work elsewhere."""

from types import SimpleNamespace

import pytest
from django.db import connection

from accounts.models import Membership
from activity.models import Activity
from agents.actions import create_agent, halt_workspace, pause_agent
from agents.models import Agent
from agents.outside import take_work
from core.errors import Conflict, Forbidden
from tasks.actions import create_task, delete_task, submit_for_review
from tasks.actions.common import lock
from tasks.actions.taking import take_next_task
from tasks.models import Task


@pytest.fixture
def pilot(alice: Membership) -> Agent:
    """Runs elsewhere and can navigate."""
    return create_agent(
        actor=alice.actor,
        name="Pilot",
        role="brings ships in",
        capabilities=["navigation"],
        external=True,
    )


def test_it_is_in_progress_and_theirs_from_then_on(alice: Membership, bob: Membership) -> None:
    create_task(actor=alice.actor, title="Paint the buoy")
    taken = take_next_task(actor=bob.actor)
    assert taken is not None
    task = Task.objects.get(pk=taken.task.pk)
    assert task.status == Task.Status.IN_PROGRESS
    assert list(task.assignees.all()) == [bob.actor]
    again = take_next_task(actor=bob.actor)
    assert again is not None
    assert again.task == task


def test_two_get_two_tasks(alice: Membership, bob: Membership) -> None:
    create_task(actor=alice.actor, title="One")
    create_task(actor=alice.actor, title="Two")
    first, second = take_next_task(actor=alice.actor), take_next_task(actor=bob.actor)
    assert first is not None
    assert second is not None
    assert first.task != second.task


def test_what_somebody_else_took_meanwhile_is_passed_over(
    alice: Membership, bob: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    contested = create_task(actor=alice.actor, title="Contested", priority=3)
    other = create_task(actor=alice.actor, title="Other")
    raced: list[Task] = []

    def slow(task: Task, **how: bool) -> Task:
        if not raced:
            raced.append(task)
            Task.objects.filter(pk=task.pk).update(version=task.version + 1)
        return lock(task, **how)

    monkeypatch.setattr("tasks.actions.taking.lock", slow)
    taken = take_next_task(actor=bob.actor)
    assert raced == [contested]
    assert taken is not None
    assert taken.task == other


def test_reviews_go_first(alice: Membership, bob: Membership) -> None:
    task = create_task(actor=bob.actor, title="Check me", assignees=[bob.actor])
    submit_for_review(actor=bob.actor, task=task, summary="Done.", reviewer=alice.actor)
    create_task(actor=alice.actor, title="Urgent", priority=3, assignees=[alice.actor])
    taken = take_next_task(actor=alice.actor)
    assert taken is not None
    assert (taken.task, taken.kind) == (task, "review")


def test_an_agent_takes_what_it_can_do(alice: Membership, pilot: Agent) -> None:
    create_task(actor=alice.actor, title="Weld", needs=["welding"], priority=3)
    fits = create_task(actor=alice.actor, title="Steer", needs=["navigation"])
    assert take_next_task(actor=pilot.actor, open_ones=False) is None
    taken = take_next_task(actor=pilot.actor)
    assert taken is not None
    assert taken.task == fits


def test_what_waits_for_another_is_not_taken(alice: Membership, bob: Membership) -> None:
    first = create_task(actor=alice.actor, title="First", assignees=[alice.actor])
    create_task(actor=alice.actor, title="Then", depends_on=[first], assignees=[bob.actor])
    assert take_next_task(actor=bob.actor) is None


def test_some_may_not(
    alice: Membership, viewer: Membership, agents: SimpleNamespace, pilot: Agent
) -> None:
    create_task(actor=alice.actor, title="Something")
    with pytest.raises(Forbidden):
        take_next_task(actor=viewer.actor)
    with pytest.raises(Conflict, match="runs here"):
        take_next_task(actor=agents.technical.actor)
    pause_agent(actor=alice.actor, agent=pilot)
    with pytest.raises(Conflict, match="paused"):
        take_next_task(actor=pilot.actor)


def test_nothing_is_taken_where_everything_is_stopped(alice: Membership) -> None:
    create_task(actor=alice.actor, title="Something")
    halt_workspace(actor=alice.actor)
    alice.actor.workspace.refresh_from_db()
    with pytest.raises(Conflict, match="stopped"):
        take_next_task(actor=alice.actor)


def test_a_task_that_is_being_worked_on_can_be_deleted(alice: Membership, pilot: Agent) -> None:
    """What the log says of its run is written after the run is gone."""
    task = create_task(actor=alice.actor, title="Paint the buoy", assignees=[pilot.actor])
    (run,) = take_work(actor=pilot.actor, agent=pilot)
    delete_task(actor=alice.actor, task=task)
    connection.check_constraints()
    ended = Activity.objects.get(verb="run.cancelled")
    assert (ended.run, ended.task, ended.agent) == (None, None, pilot)
    assert not Task.objects.filter(pk=task.pk).exists()
    assert not type(run).objects.filter(pk=run.pk).exists()
