"""Who wakes, for what, and how often: SQL alone decides."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Workspace
from agents import actions, runs
from agents.heartbeat import beat
from agents.models import Agent, Heartbeat, Run, Wake
from core.clock import Now, from_now
from core.errors import Conflict
from tasks.actions import assign_task, create_task
from tasks.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(alice: Membership, agents: SimpleNamespace) -> Task:
    """A task that the technical agent has; whoever it woke is asleep again."""
    task = create_task(actor=alice.actor, title="Paint the shed")
    assign_task(actor=alice.actor, task=task, assignees=[agents.technical.actor])
    Wake.objects.all().delete()
    Agent.objects.update(next_heartbeat_at=from_now(timedelta(hours=1)))
    return task


def due(*agents: Agent) -> None:
    keys = [agent.pk for agent in agents]
    Agent.objects.filter(pk__in=keys).update(next_heartbeat_at=Now())


def test_an_agent_whose_heartbeat_is_due_takes_up_its_work(
    task: Task, agents: SimpleNamespace
) -> None:
    assert beat() == 0
    due(agents.technical)

    assert beat() == 1

    run = Run.objects.get()
    assert (run.agent, run.task, run.kind, run.state) == (agents.technical, task, "work", "queued")
    assert Heartbeat.objects.get().trigger == "beat"


def test_a_heartbeat_fires_once(task: Task, agents: SimpleNamespace) -> None:
    due(agents.technical)
    beat()
    Run.objects.all().delete()

    assert beat() == 0


def test_the_next_heartbeat_comes_after_the_interval(agents: SimpleNamespace) -> None:
    Agent.objects.update(heartbeat_interval=40)
    due(agents.technical)
    beat()

    agents.technical.refresh_from_db()
    technical: Agent = agents.technical
    assert technical.last_heartbeat_at is not None
    assert technical.next_heartbeat_at - technical.last_heartbeat_at == timedelta(seconds=40)


def test_a_wake_does_not_wait_for_the_heartbeat(task: Task, agents: SimpleNamespace) -> None:
    runs.wake(agents.technical, "was mentioned")

    assert beat() == 1
    assert not Wake.objects.exists()
    assert Heartbeat.objects.get().trigger == "event"


def test_an_agent_with_nothing_to_do_leaves_no_trace(agents: SimpleNamespace) -> None:
    due(agents.technical, agents.qa)

    assert beat() == 0
    assert not Heartbeat.objects.exists()
    assert not Run.objects.exists()


def test_work_that_is_under_way_is_not_queued_again(task: Task, agents: SimpleNamespace) -> None:
    for _ in range(3):
        due(agents.technical)
        beat()

    assert Run.objects.count() == 1


def test_two_agents_never_hold_the_same_task(
    task: Task, agents: SimpleNamespace, alice: Membership
) -> None:
    second = actions.create_agent(actor=alice.actor, name="Second", role="builder")
    assign_task(actor=alice.actor, task=task, assignees=[agents.technical.actor, second.actor])
    due(agents.technical, second)

    assert beat() == 1


def test_an_agent_gets_no_more_than_it_has_room_for(
    alice: Membership, agents: SimpleNamespace, task: Task
) -> None:
    Agent.objects.update(concurrency=2)
    for number in range(4):
        other = create_task(actor=alice.actor, title=f"Paint {number}")
        assign_task(actor=alice.actor, task=other, assignees=[agents.technical.actor])
    due(agents.technical)

    beat()

    assert Run.objects.filter(agent=agents.technical, kind="work").count() == 2


@pytest.mark.parametrize("why", ["paused", "halted", "retired", "elsewhere"])
def test_nobody_wakes_who_may_not_work(
    task: Task, agents: SimpleNamespace, workspace: Workspace, why: str
) -> None:
    changes: dict[str, dict[str, Any]] = {
        "paused": {"status": "paused"},
        "retired": {"retired_at": Now()},
        "elsewhere": {"external": True},
    }
    if why == "halted":
        Workspace.objects.update(halted_at=Now())
    else:
        Agent.objects.filter(pk=agents.technical.pk).update(**changes[why])
    due(agents.technical)
    runs.wake(agents.technical, "was mentioned")

    assert beat() == 0


def test_a_person_can_wake_an_agent_by_hand(
    task: Task, agents: SimpleNamespace, alice: Membership
) -> None:
    queued = actions.run_heartbeat(actor=alice.actor, agent=agents.technical)

    assert [run.task for run in queued] == [task]
    assert Heartbeat.objects.get().trigger == "manual"


def test_a_paused_agent_cannot_be_woken_by_hand(agents: SimpleNamespace, alice: Membership) -> None:
    actions.pause_agent(actor=alice.actor, agent=agents.technical)

    with pytest.raises(Conflict, match="paused"):
        actions.run_heartbeat(actor=alice.actor, agent=agents.technical)


def queries_of_a_beat() -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        beat()
    return len(captured)


def test_a_beat_takes_as_many_queries_for_many_as_for_one(
    alice: Membership, agents: SimpleNamespace, settings: Any
) -> None:
    def some(count: int) -> list[Agent]:
        made = []
        for number in range(count):
            agent = actions.create_agent(actor=alice.actor, name=f"A{count}-{number}", role="r")
            task = create_task(actor=alice.actor, title="t")
            assign_task(actor=alice.actor, task=task, assignees=[agent.actor])
            made.append(agent)
        Wake.objects.all().delete()
        Agent.objects.update(next_heartbeat_at=from_now(timedelta(hours=1)))
        return made

    counts: list[int] = []
    for size in (1, 12):
        made = some(size)
        due(*made)
        counts.append(queries_of_a_beat())
    assert Run.objects.count() == 13
    assert counts[0] == counts[1]


def test_nothing_due_costs_two_small_questions(
    task: Task, django_assert_num_queries: Callable[..., Any]
) -> None:
    with django_assert_num_queries(2):
        assert beat() == 0
