"""What the tests do through the house's own verbs, in a process of its own.

    python -m tests.faults.stage PART '{"its": "arguments"}'

The last line printed is JSON.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any


def prepare() -> None:
    """The tables."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def seed(
    agents: int = 4,
    concurrency: int = 2,
    tasks: int = 0,
    reviewers: int = 2,
    inbox: int = 0,
    poison: int = 0,
    effects: bool = True,
) -> dict[str, Any]:
    """A workspace with workers and reviewers; tasks with hands to do them, and some without."""
    from accounts.actions import create_user, create_workspace
    from agents.actions import create_agent
    from modules.actions import configure_from_environment
    from tasks.actions import create_task
    from tests.faults.rig.book import ledger

    user = create_user(username="alice", email="alice@example.org", password="correct-horse-9")
    owner = create_workspace(name="Harbour", owner=user)
    configure_from_environment(owner.workspace)

    def agent(name: str, duty: str) -> Any:
        return create_agent(
            actor=owner.actor,
            name=name,
            role=duty,
            duty=duty,
            capabilities=[duty],
            concurrency=concurrency,
            heartbeat_interval=5,
        )

    if inbox:
        agent("Orchestrator", "orchestrator")
    workers = [agent(f"Worker {number}", "worker") for number in range(agents)]
    for number in range(reviewers):
        agent(f"Reviewer {number}", "reviewer")
    for number in range(tasks + inbox + poison):
        title = f"Poison {number}" if number < poison else f"Task {number}"
        task = create_task(
            actor=owner.actor,
            title=title,
            description="poison" if number < poison else "",
            assignees=[workers[number % agents].actor] if number < tasks + poison else (),
        )
        if effects and number >= poison:
            for effect in ("letter", "stamp"):
                ledger().write("meant", effect=f"{task.key} {effect}")
    return {"workspace": str(owner.workspace.pk), "actor": str(owner.actor.pk)}


def person(after: float = 0.0) -> None:
    """A person who looks into each call of unknown outcome and says truthfully what happened.

    `after` is how many seconds it takes until they look.
    """
    from django.db import close_old_connections

    while True:
        try:
            _answer(after)
        except Exception as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
        close_old_connections()
        time.sleep(0.3)


def _answer(after: float) -> None:
    from django.utils import timezone

    from accounts.models import Actor
    from agents.actions import decide
    from agents.models import Approval
    from agents.transcript import Transcript
    from core.errors import Conflict
    from tests.faults.rig.book import ledger

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
    from django.db import connection
    from django.db.models import Count

    from accounts.models import Actor
    from agents.models import Agent
    from tasks.actions import create_task
    from tests.faults.rig.book import ledger

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


def spend(limit: int, threads: int) -> None:
    """All tasks' runs at once, each on a thread, with a model that has its price."""
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    from agents.heartbeat import beat
    from agents.loop import work_off
    from agents.models import Agent, Budget, Run
    from agents.reconciling import reconcile
    from core.clock import Now, db_now
    from modules.models import AIModel

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


def writers(actor: str, writers: int, kills: int) -> None:
    """Several writers at once; one after the other is killed, and another takes its place."""
    import random
    import signal

    children = [_begin(writer, actor, 0.0) for _ in range(writers)]
    for _ in range(kills):
        time.sleep(random.uniform(0.02, 0.1))
        victim = children.pop(0)
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        children.append(_begin(writer, actor, 0.0))
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def crowd(agents: int) -> None:
    """That many agents, each with a task, and all of them due."""
    from tests.faults.crowd import gather, wake_first

    wake_first(gather(agents=agents, tasks=agents), agents)


def ticker(batch: int) -> None:
    """Tick until nothing is due any more; who fires is noted."""
    from agents import heartbeat
    from agents.models import Agent
    from tests.faults.rig.book import ledger

    plain = heartbeat._claim_due

    def claim_due() -> dict[Any, Any]:
        due = plain()
        ledger().write("fired", agents=[str(agent) for agent in due])
        return due

    heartbeat._claim_due = claim_due
    heartbeat.BATCH = batch
    while Agent.objects.due().exists():
        heartbeat.beat()


def die(point: str) -> None:
    """Drive each task's run: a first worker dies at the point, others bring it to its end.

    Workers are forked, so that a death costs no start. Every other time it is the second of
    the two calls with an effect in which the worker dies.
    """
    from agents.models import Run
    from core.clock import db_now
    from tasks.models import Task

    tasks = Task.objects.order_by("number").select_related("workspace")
    for number, task in enumerate(tasks):
        holder = task.assignees.get().agent
        now = db_now()
        run = Run.objects.create(
            workspace=task.workspace, agent=holder, task=task, kind="work", enqueued_at=now
        )
        _fork(_drive, run.pk, point, number % 2 + 1)
        for _ in range(3):
            run.refresh_from_db()
            if not run.live:
                break
            _after_a_death(run)
            _fork(_drive, run.pk, "", 0)


def _after_a_death(run: Any) -> None:
    """Time passes: the lease runs out, the reconciler looks, a person answers."""
    from agents.models import Run
    from agents.reconciling import reconcile
    from core.clock import Now

    Run.objects.filter(pk=run.pk, state="running").update(lease_expires_at=Now())
    reconcile()
    _answer(after=0.0)


def _drive(run_id: Any, point: str, occurrence: int) -> None:
    from agents import leases, loop
    from tests.faults.rig import points

    points.fit(f"{point}:{occurrence}" if point else "")
    run = leases.claim(only=run_id)
    if run is not None:
        loop.drive(run)


def _fork(work: Callable[..., None], *arguments: Any) -> None:
    """Let a child do it, and wait for its end."""
    os.waitpid(_begin(work, *arguments), 0)


def _begin(work: Callable[..., None], *arguments: Any) -> int:
    """Let a child do it, with connections of its own. Returns its process id."""
    from django.db import connections

    from core import background

    connections.close_all()
    child = os.fork()
    if child == 0:
        background._loop = None  # its thread has stayed behind
        try:
            work(*arguments)
        finally:
            os._exit(0)
    return child


def meddle(actor: str, seconds: float) -> None:
    """Change everything while agents work on it."""
    from accounts.models import Actor
    from tests.faults import meddling

    meddling.meddle(Actor.objects.get(pk=actor), seconds)


def make_good(actor: str) -> None:
    """Let everything go on that was stopped."""
    from accounts.models import Actor
    from tests.faults import meddling

    meddling.make_good(Actor.objects.get(pk=actor))


PARTS: dict[str, Callable[..., Any]] = {
    "prepare": prepare,
    "seed": seed,
    "person": person,
    "writer": writer,
    "crowd": crowd,
    "ticker": ticker,
    "die": die,
    "meddle": meddle,
    "make_good": make_good,
    "spend": spend,
    "writers": writers,
}


def main(part: str, arguments: str = "{}") -> None:
    import django

    django.setup()
    result = PARTS[part](**json.loads(arguments))
    sys.stdout.write(f"{json.dumps(result)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
