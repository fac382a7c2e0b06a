"""What people do while agents work: decide, write, talk, stop."""

import os
import random
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier
from typing import Any

from django.db import close_old_connections, connection
from django.db.models import Count
from django.utils import timezone

from accounts.models import Actor
from activity.log import logged, record
from agents import actions, runs
from agents.actions import decide, halt_workspace, pause_agent
from agents.models import Agent, Approval, Run
from agents.transcript import Transcript
from core.errors import Conflict
from tasks.actions import create_task
from tests.faults.processes import begin
from tests.faults.rig.book import ledger


def person(after: float = 0.0) -> None:
    """A person who looks into each call of unknown outcome and says truthfully what happened.

    `after` is how many seconds it takes until they look.
    """
    while True:
        try:
            answer_all(after)
        except Exception as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
        close_old_connections()
        time.sleep(0.3)


def answer_all(after: float) -> None:
    """Say of each call of unknown outcome, if it has waited so long, what happened."""
    old = timezone.now() - timedelta(seconds=after)
    pending = Approval.objects.filter(state="pending", created_at__lte=old)
    for approval in pending.select_related("run", "step"):
        alice = Actor.objects.get(workspace=approval.run.workspace_id, handle="alice")
        turn = _turn(Transcript.load(approval.run), approval.step)
        key = f"{approval.run_id}:{turn}:{approval.step.call_id}"
        happened = ledger().count("effect", key=key) > 0
        try:
            decide(actor=alice, approval=approval, approve=happened)
        except Conflict:
            continue
        ledger().write("decided", key=key, happened=happened)


def _turn(transcript: Any, step: Any) -> int:
    before = [s.index for s in transcript.steps if s.kind == "model" and s.index < step.index]
    return int(max(before))


def writer(actor: str, every: float = 0.05, assign: bool = False) -> None:
    """Somebody who goes on making tasks, and notes each that was acknowledged.

    With `assign`, the tasks are given to those workers who have the least to do.
    """
    number = 0
    while True:
        number += 1
        started = time.monotonic()
        try:
            author = Actor.objects.get(pk=actor)
            workers = Agent.objects.filter(workspace=author.workspace_id, duty="worker")
            idle = workers.annotate(had=Count("actor__assignments")).order_by("had").first()
            hands = [idle.actor] if assign and idle else []
            task = create_task(actor=author, title=f"Written {number}", assignees=hands)
        except Exception as error:
            ledger().write("failed", error=type(error).__name__)
            with suppress(Exception):
                connection.close()
        else:
            took = time.monotonic() - started
            ledger().write("acknowledged", task=str(task.pk), took=took)
            if assign:
                for effect in ("letter", "stamp"):
                    ledger().write("meant", effect=f"{task.key} {effect}")
            connection.close()
        time.sleep(every)


def writers(actor: str, writers: int, kills: int) -> None:
    """Several writers at once; one after the other is killed, and another takes its place."""
    children = [begin(writer, actor, 0.0) for _ in range(writers)]
    for _ in range(kills):
        time.sleep(random.uniform(0.02, 0.1))
        victim = children.pop(0)
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        children.append(begin(writer, actor, 0.0))
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def chatter(actor: str) -> None:
    """So much happens that no buffer holds it."""
    speaker = Actor.objects.get(pk=actor)
    while True:
        with logged():
            for _ in range(50):
                record(
                    actor=speaker, verb="test.said", message="x" * 480, data={"more": "x" * 1_500}
                )
        time.sleep(0.2)


def stop(actor: str, how: str) -> None:
    """A person stops what is under way, in one way or another."""
    alice = Actor.objects.get(pk=actor)
    if how == "halt":
        halt_workspace(actor=alice)
    elif how == "pause":
        for agent in Agent.objects.filter(duty="worker").select_related("actor", "workspace"):
            pause_agent(actor=alice, agent=agent)
    else:
        runs.cancel_all(actor=alice, runs=Run.objects.all(), reason="Enough.")
    ledger().write("stopped", how=how)


def decide_at_once(actor: str, people: int) -> None:
    """Several people answer the same question at the same moment, truthfully."""
    alice, approval = Actor.objects.get(pk=actor), Approval.objects.get(state="pending")
    happened, ready = ledger().count("effect") > 0, Barrier(people)

    def answer(_: int) -> None:
        ready.wait(60)
        try:
            actions.decide(actor=alice, approval=approval, approve=happened)
            ledger().write("decided")
        except Conflict:
            ledger().write("too late")
        finally:
            connection.close()

    with ThreadPoolExecutor(people) as pool:
        list(pool.map(answer, range(people)))
