"""People who change everything while agents work on it."""

import random
import sys
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

from accounts.models import Actor
from agents import actions as agents
from agents import runs
from agents.models import Agent, Run
from core.errors import MCError
from tasks import actions as tasks
from tasks.models import Task
from tests.faults.rig.book import ledger


def meddle(actor: str, seconds: float) -> None:
    """Do one thing after the other to tasks, agents and runs chosen by chance."""
    alice = Actor.objects.get(pk=actor)
    deeds: list[Callable[[Actor], Any]] = [
        _pause,
        _resume,
        _reassign,
        _reassign,
        _move,
        _move,
        _cancel,
        _block,
        _unblock,
        _mention,
        _halt,
        _edit,
        _wake,
    ]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        deed = random.choice(deeds)
        try:
            deed(alice)
            ledger().write("meddled", deed=deed.__name__)
        except MCError:
            pass  # a refusal with a reason
        except Exception as error:
            ledger().write("failed", deed=deed.__name__, error=f"{type(error).__name__}: {error}")
            sys.stderr.write(f"{deed.__name__}: {error!r}\n")
        connection.close()
        time.sleep(random.uniform(0, 0.03))


def make_good(actor: str) -> None:
    """Let everything go on that was stopped."""
    alice = Actor.objects.get(pk=actor)
    agents.resume_workspace(actor=alice)
    for agent in Agent.objects.all():
        agents.resume_agent(actor=alice, agent=agent)
    for task in Task.objects.exclude(status="done"):
        tasks.retry_task(actor=alice, task=task)
        if not task.assignments.exists():
            tasks.assign_task(actor=alice, task=task)


def _any(rows: Any) -> Any:
    found = rows.order_by("?").first()
    if found is None:
        raise MCError("There is none.")
    return found


def _worker() -> Agent:
    worker: Agent = _any(Agent.objects.present().filter(duty="worker"))
    return worker


def _open_task() -> Task:
    task: Task = _any(Task.objects.exclude(status="done"))
    return task


def _pause(actor: Actor) -> None:
    agents.pause_agent(actor=actor, agent=_worker())


def _resume(actor: Actor) -> None:
    for agent in Agent.objects.filter(status="paused"):
        agents.resume_agent(actor=actor, agent=agent)


def _reassign(actor: Actor) -> None:
    tasks.assign_task(actor=actor, task=_open_task(), assignees=[_worker().actor])


def _move(actor: Actor) -> None:
    status = random.choice(["inbox", "assigned", "in_progress", "review"])
    tasks.move_task(actor=actor, task=_open_task(), status=status)


def _cancel(actor: Actor) -> None:
    run = _any(Run.objects.live().select_related("agent__actor", "task", "workspace"))
    runs.cancel_run(actor=actor, run=run, hold=False)


def _block(actor: Actor) -> None:
    tasks.block_task(actor=actor, task=_open_task(), reason="Wait.")


def _unblock(actor: Actor) -> None:
    for task in Task.objects.exclude(blocked_at=None)[:5]:
        tasks.unblock_task(actor=actor, task=task)


def _mention(actor: Actor) -> None:
    handle = _worker().handle
    tasks.post_message(actor=actor, task=_open_task(), body=f"@{handle} how far are you?")


def _halt(actor: Actor) -> None:
    agents.halt_workspace(actor=actor)
    time.sleep(0.2)
    agents.resume_workspace(actor=actor)


def _edit(actor: Actor) -> None:
    words = f"Changed {random.random()}"
    tasks.edit_task(actor=actor, task=_open_task(), description=words)


def _wake(actor: Actor) -> None:
    agents.run_heartbeat(actor=actor, agent=_worker())
