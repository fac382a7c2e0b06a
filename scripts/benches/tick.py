"""The tick with 10,000 agents of which 100 are due and have work: milliseconds and queries."""

import statistics
import time
from collections.abc import Iterator
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions import create_user, create_workspace
from accounts.models import Actor, Membership
from agents.heartbeat import beat
from agents.models import Agent, Run
from core.clock import Now
from scripts.benches import Figure
from scripts.benches.rig.apart import own_database
from tasks.models import Assignment, Task

# PostgreSQL keeps the plan of a query from its eleventh time on: most ticks come after that.
AGENTS, DUE, TICKS = 10_000, 100, 45


def measure() -> Iterator[Figure]:
    with own_database():
        yield from _measure()


def _measure() -> Iterator[Figure]:
    owner = create_workspace(
        name="Many",
        owner=create_user(
            username="owner", email="owner@example.org", password="correct-horse-battery"
        ),
    )
    agents = make_agents(owner, AGENTS)
    make_tasks(owner, agents)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the database does by itself before long
    spent, asked = [], []
    for tick in range(TICKS):
        Run.objects.all().delete()
        first = tick * DUE
        due = [agent.pk for agent in agents[first : first + DUE]]
        Agent.objects.filter(pk__in=due).update(next_heartbeat_at=Now())
        # Counting queries takes time of its own: ticks are either counted or timed.
        if tick % 3 == 0:
            with CaptureQueriesContext(connection) as queries:
                queued = beat()
            asked.append(len(queries))
        else:
            started = time.perf_counter()
            queued = beat()
            spent.append((time.perf_counter() - started) * 1000)
        assert queued == DUE, f"{queued} runs instead of {DUE}"
    engine = connection.vendor
    yield Figure(
        f"tick, {DUE} of {AGENTS} agents due, {engine}", statistics.median(spent), "ms", 50
    )
    yield Figure("the same, slowest", max(spent), "ms", 50)
    yield Figure("queries of each tick, most", max(asked), "")
    yield Figure("queries of each tick, fewest", min(asked), "")
    yield Figure("a tick with nobody due", _idle(), "ms")


def _idle() -> float:
    started = time.perf_counter()
    beat()
    return (time.perf_counter() - started) * 1000


def make_agents(owner: Membership, count: int) -> list[Agent]:
    """So many agents, none of them due."""
    actors = Actor.objects.bulk_create(
        Actor(
            workspace=owner.workspace,
            kind=Actor.Kind.AGENT,
            handle=f"agent-{number}",
            name=f"Agent {number}",
        )
        for number in range(count)
    )
    later = timezone.now() + timedelta(hours=6)
    return Agent.objects.bulk_create(
        Agent(
            workspace=owner.workspace,
            actor=actor,
            role="worker",
            session_key=f"agent:{actor.handle}:main",
            heartbeat_interval=3600,
            next_heartbeat_at=later,
        )
        for actor in actors
    )


def make_tasks(owner: Membership, agents: list[Agent]) -> None:
    """A task for each of the agents, in this order."""
    tasks = Task.objects.bulk_create(
        Task(
            workspace=owner.workspace,
            number=number + 1,
            title=f"Task {number}",
            status=Task.Status.ASSIGNED,
            creator=owner.actor,
            moved_at=timezone.now(),
        )
        for number in range(len(agents))
    )
    Assignment.objects.bulk_create(
        Assignment(task=task, actor_id=agent.actor_id, assigned_by=owner.actor)
        for task, agent in zip(tasks, agents, strict=True)
    )
