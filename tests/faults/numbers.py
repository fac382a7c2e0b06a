"""Many of something at once, and what they come to."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from agents import heartbeat
from agents.heartbeat import beat
from agents.loop import work_off
from agents.models import Agent, Budget, Run
from agents.reconciling import reconcile
from core.clock import Now, db_now
from modules.models import AIModel
from tasks.models import Assignment, Task, TaskCounter
from tests.faults.crowd import BATCH, gather, wake_first
from tests.faults.rig.book import ledger


def crowd(agents: int) -> None:
    """That many agents, each with a task, and all of them due."""
    wake_first(gather(agents=agents, tasks=agents), agents)


def ticker(batch: int) -> None:
    """Tick until nothing is due any more; who fires is noted."""
    plain = heartbeat._claim_due

    def claim_due() -> dict[Any, Any]:
        due = plain()
        ledger().write("fired", agents=[str(agent) for agent in due])
        return due

    heartbeat._claim_due = claim_due
    heartbeat.BATCH = batch
    while Agent.objects.due().exists():
        heartbeat.beat()


def spend(limit: int, threads: int) -> None:
    """All tasks' runs at once, each on a thread, with a model that has its price."""
    # Microdollars per million tokens: about 15 and 60 dollars.
    AIModel.objects.update(input_price=15_000_000, output_price=60_000_000, max_output_tokens=100)
    Budget.objects.filter(agent=None).update(cost_limit=limit)
    Agent.objects.update(next_heartbeat_at=Now())
    beat()

    def drive(_: int) -> None:
        work_off(10_000)
        connection.close()

    soon = Run.objects.filter(state="waiting", resume_at__lt=db_now() + timedelta(hours=1))
    with ThreadPoolExecutor(threads) as pool:
        while Run.objects.claimable().exists() or soon.exists():
            list(pool.map(drive, range(threads)))
            # What is set aside for others' calls comes back: as after some seconds' wait.
            soon.update(resume_at=db_now())
            reconcile()


def backlog(runs: int) -> str:
    """So many runs are queued, each on a task of its own. Returns the owner of it all."""
    owner = gather(agents=200, interval=5)
    now = timezone.now()
    agents = list(Agent.objects.order_by("pk"))
    for agent in agents:
        agent.next_heartbeat_at = now + timedelta(seconds=random.uniform(0, 5))
    Agent.objects.bulk_update(agents, ["next_heartbeat_at"], batch_size=BATCH)
    tasks = [
        Task(
            workspace=owner.workspace,
            number=number + 1,
            title=f"Task {number}",
            status=Task.Status.ASSIGNED,
            creator=owner.actor,
            moved_at=now,
        )
        for number in range(runs)
    ]
    Task.objects.bulk_create(tasks, batch_size=BATCH)
    TaskCounter.objects.update(last=runs)
    held = [(task, agents[number % len(agents)]) for number, task in enumerate(tasks)]
    Assignment.objects.bulk_create(
        (Assignment(task=task, actor=agent.actor, assigned_by=owner.actor) for task, agent in held),
        batch_size=BATCH,
    )
    Run.objects.bulk_create(
        (
            Run(workspace=owner.workspace, agent=agent, task=task, kind="work", enqueued_at=now)
            for task, agent in held
        ),
        batch_size=BATCH,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the database does by itself within a minute
    return str(owner.actor.pk)
