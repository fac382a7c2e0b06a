"""Many agents at once, written without the verbs: for what is about numbers alone."""

from datetime import timedelta

from django.utils import timezone

from accounts.actions import create_user, create_workspace
from accounts.models import Actor, Membership
from agents.models import Agent, Run
from modules.actions import configure_from_environment
from tasks.models import Assignment, Task, TaskCounter

BATCH = 1_000


def gather(*, agents: int, tasks: int = 0, past_runs: int = 0, interval: int = 3_600) -> Membership:
    """A workspace with so many agents, none of them due; the first `tasks` have a task each.

    `past_runs` is how many runs each agent has behind it. Returns the owner.
    """
    user = create_user(username="alice", email="alice@example.org", password="correct-horse-9")
    owner = create_workspace(name="Harbour", owner=user)
    workspace = owner.workspace
    configure_from_environment(workspace)
    later = timezone.now() + timedelta(hours=1)
    actors = [
        Actor(workspace=workspace, kind=Actor.Kind.AGENT, handle=f"a{number}", name=f"A {number}")
        for number in range(agents)
    ]
    Actor.objects.bulk_create(actors, batch_size=BATCH)
    crowd = [
        Agent(
            workspace=workspace,
            actor=actor,
            role="worker",
            session_key=f"agent:{actor.handle}:main",
            heartbeat_interval=interval,
            next_heartbeat_at=later,
            created_by=owner.actor,
        )
        for actor in actors
    ]
    Agent.objects.bulk_create(crowd, batch_size=BATCH)
    work = [
        Task(
            workspace=workspace,
            number=number + 1,
            title=f"Task {number}",
            status=Task.Status.ASSIGNED,
            creator=owner.actor,
            moved_at=timezone.now(),
        )
        for number in range(tasks)
    ]
    Task.objects.bulk_create(work, batch_size=BATCH)
    TaskCounter.objects.create(workspace=workspace, last=tasks)
    Assignment.objects.bulk_create(
        (
            Assignment(task=task, actor=agent.actor, assigned_by=owner.actor)
            for task, agent in zip(work, crowd, strict=False)
        ),
        batch_size=BATCH,
    )
    Run.objects.bulk_create(
        (
            Run(workspace=workspace, agent=agent, kind="drill", state=Run.State.SUCCEEDED)
            for agent in crowd
            for _ in range(past_runs)
        ),
        batch_size=BATCH,
    )
    return owner


def wake_first(owner: Membership, count: int) -> list[Agent]:
    """Let the heartbeats of the first agents be due."""
    first = list(Agent.objects.filter(workspace=owner.workspace).order_by("pk")[:count])
    keys = [agent.pk for agent in first]
    past = timezone.now() - timedelta(seconds=1)
    Agent.objects.filter(pk__in=keys).update(next_heartbeat_at=past)
    return first
