"""The pages people open, each with 10,000 tasks, 100 agents and 25,000 runs behind it.

What the server does for one request, without the network. In any database: the figures are of
requests after the eleventh, when PostgreSQL keeps the plans of its queries.
"""

import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle, islice

from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.actions import create_user, create_workspace
from accounts.models import Membership, Workspace
from activity.models import Activity
from agents.models import Agent, Run
from scripts.benches import Figure
from scripts.benches.rig.apart import own_database, plain_files
from scripts.benches.tick import make_agents, make_tasks
from tasks.models import Task

AGENTS, TASKS, DONE, RUNS, EVENTS = 100, 10_000, 4_000, 25_000, 50_000
WARM, TIMED = 11, 15
PAGES = {
    "overview": "/",
    "board": "/board/",
    "board, one agent's": "/board/?agent=agent-7",
    "board, a search": "/board/?q=task+77",
    "cards of five tasks": "/board/cards/?ids=1,2,3,4,5",
    "a task": "/tasks/5/",
    "a new task": "/tasks/new/",
    "agents": "/agents/",
    "an agent": "/agents/agent-7/",
    "activity": "/activity/",
    "WORKING.md": "/working/",
    "analytics": "/analytics/",
}


def measure() -> Iterator[Figure]:
    with own_database(), plain_files():
        yield from _measure()


def _measure() -> Iterator[Figure]:
    user = create_user(
        username="owner", email="owner@example.org", password="correct-horse-battery"
    )
    _fill(create_workspace(name="Many", owner=user))
    client = Client(HTTP_HOST="localhost")
    client.force_login(user)
    for name, path in PAGES.items():
        spent = []
        for _ in range(WARM + TIMED):
            began = time.perf_counter()
            answer = client.get(path)
            spent.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, f"{path}: {answer.status_code}"
        timed = sorted(spent[WARM:])
        yield Figure(f"{name}, {connection.vendor}, median", statistics.median(timed), "ms")
        yield Figure(f"{name}, {connection.vendor}, slowest", timed[-1], "ms", 500)


def _fill(owner: Membership) -> None:
    home = owner.workspace
    agents = make_agents(owner, AGENTS)
    make_tasks(owner, list(islice(cycle(agents), TASKS)))
    tasks = list(Task.objects.order_by("number"))
    Task.objects.filter(number__gt=TASKS - DONE).update(
        status=Task.Status.DONE, done_at=timezone.now()
    )
    _runs(home, agents, tasks)
    _events(owner, tasks)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the database does by itself before long


def _runs(home: Workspace, agents: list[Agent], tasks: list[Task]) -> None:
    now = timezone.now()
    Run.objects.bulk_create(
        (
            Run(
                workspace=home,
                agent=agents[number % len(agents)],
                kind="work",
                task=tasks[number % len(tasks)],
                state=Run.State.SUCCEEDED,
                enqueued_at=now - timedelta(minutes=number),
                started_at=now - timedelta(minutes=number),
                ended_at=now - timedelta(minutes=number - 1),
            )
            for number in range(RUNS)
        ),
        batch_size=2_000,
    )


def _events(owner: Membership, tasks: list[Task]) -> None:
    home = Workspace.objects.get(pk=owner.workspace_id)
    Activity.objects.bulk_create(
        (
            Activity(
                workspace=home,
                number=home.last_event + number + 1,
                actor=owner.actor,
                verb="task.edited",
                message=f"edited {tasks[number % len(tasks)].key}",
                task=tasks[number % len(tasks)],
                created_at=timezone.now(),
            )
            for number in range(EVENTS)
        ),
        batch_size=2_000,
    )
    Workspace.objects.filter(pk=home.pk).update(last_event=home.last_event + EVENTS)
