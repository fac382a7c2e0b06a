"""How somebody who works elsewhere takes the next thing to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from accounts.models import Actor
from accounts.roles import require
from activity.log import verb
from agents.models import Agent
from core.errors import Conflict
from tasks.actions.assigning import assign_task
from tasks.actions.common import lock
from tasks.actions.moving import move_task
from tasks.models import Task

# So many open tasks are looked through for one that suits.
_LOOK_AT = 50


@dataclass(frozen=True)
class Taken:
    """A task to be worked on, or one to be reviewed."""

    task: Task
    kind: Literal["work", "review"]


@verb
def take_next_task(*, actor: Actor, open_ones: bool = True) -> Taken | None:
    """What `actor` should do now; from here on it is in progress and theirs.

    In this order: what they are to review, what they have begun, what was assigned to them,
    and, with `open_ones`, what nobody has and they can do. Of two who ask at once each gets
    another task. An agent that runs here is driven from here and is refused.
    """
    require(actor, "work")
    agent = _agent_of(actor)
    if actor.workspace.halted_at is not None:
        raise Conflict("Everything is stopped in this workspace.", code="halted")
    rows = Task.objects.filter(workspace=actor.workspace_id).order_by("-priority", "number")
    review = rows.filter(status=Task.Status.REVIEW, reviewer=actor, blocked_at=None)
    if (task := review.without_run("review").first()) is not None:
        return Taken(task, "review")
    ready = rows.exclude(kind=Task.Kind.GOAL).leaves().ready().without_run("work")
    mine = ready.filter(assignments__actor=actor)
    if (task := mine.filter(status=Task.Status.IN_PROGRESS).first()) is not None:
        return Taken(task, "work")
    candidates: Iterator[Task] = iter(mine.filter(status=Task.Status.ASSIGNED)[:_LOOK_AT])
    if open_ones:
        unheld = ready.filter(status=Task.Status.INBOX, assignments=None)[:_LOOK_AT]
        candidates = _chain(candidates, iter(unheld), agent)
    for candidate in candidates:
        task = lock(candidate, with_runs=True)
        if task.version != candidate.version:  # somebody else was faster
            continue
        if task.status == Task.Status.INBOX:
            task = assign_task(actor=actor, task=task, assignees=[actor], why="Took it.")
        task = move_task(actor=actor, task=task, status=Task.Status.IN_PROGRESS)
        return Taken(task, "work")
    return None


def _agent_of(actor: Actor) -> Agent | None:
    if not actor.is_agent:
        return None
    agent = Agent.objects.select_related("actor").get(actor=actor)
    if not agent.external:
        raise Conflict(
            f"{agent.name} runs here and takes its work by itself. Only an agent that is marked "
            "as running elsewhere is driven from outside.",
            code="runs_here",
        )
    if agent.status == Agent.Status.PAUSED:
        raise Conflict(f"{agent.name} is paused.", code="agent_paused")
    return agent


def _chain(mine: Iterator[Task], unheld: Iterator[Task], agent: Agent | None) -> Iterator[Task]:
    yield from mine
    able = set(agent.capabilities) if agent is not None else None
    for task in unheld:
        if able is None or able.issuperset(task.needs):
            yield task
