"""Two who are in each other's way, moved step by step: nothing here is left to chance.

Each part brings two processes, or two threads, into exactly the situation that a rule of the
house is for, and writes down what came of it. With the rule switched off the same steps must
end in what the rule prevents.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Actor
from activity.log import Origin, caused_by, verb
from agents import leases, loop
from agents.errors import LeaseLost
from agents.models import Agent, Run
from agents.persistence import patiently
from agents.reconciling import reconcile
from core.clock import Now, db_now
from tasks.actions import assign_task, edit_task, move_task
from tasks.models import Task
from tests.faults.people import answer_all
from tests.faults.processes import begin, drive, fork
from tests.faults.rig import points
from tests.faults.rig.book import ledger

PATIENCE_S = 60.0


def stall(point: str) -> None:
    """The worker of each task's run stands still at the point; it goes on after its successor.

    Whatever it still changes then, though the run is no longer its own, is written down.
    """
    for number, task in enumerate(Task.objects.order_by("number").select_related("workspace")):
        run = queue(task)
        stalled = begin(_stand_still, run.pk, f"{point}:{number % 2 + 1}")
        _, status = os.waitpid(stalled, os.WUNTRACED)
        assert os.WIFSTOPPED(status), status
        _let_take_over(run)
        fork(drive, run.pk, "", 0)
        before = _written(run)
        os.kill(stalled, signal.SIGCONT)
        os.waitpid(stalled, 0)
        ledger().write("woken", run=str(run.pk), stale=_written(run) != before)
        # Now that it has ended, people can find out what it did.
        for _ in range(3):
            run.refresh_from_db()
            if not run.live:
                break
            answer_all(after=0.0)
            fork(drive, run.pk, "", 0)


def watch_clocks(ahead: dict[str, str]) -> None:
    """A run is under way; somebody whose clock is ahead looks for runs that lost their worker.

    `ahead` is the environment in which a process believes it to be so much later.
    """
    run = queue(Task.objects.select_related("workspace").get(number=1))
    held = begin(_stand_still, run.pk, "claim:1")
    os.waitpid(held, os.WUNTRACED)
    look = [sys.executable, "-m", "tests.faults.stage", "look"]
    subprocess.run(look, env={**os.environ, **ahead}, check=True, timeout=PATIENCE_S)
    os.kill(held, signal.SIGCONT)
    os.waitpid(held, 0)


def look() -> None:
    """Look for runs that lost their worker, and drive what there is to be driven."""
    clock = (timezone.now() - db_now()) / timedelta(hours=1)
    ledger().write("looked", hours=round(clock, 1), found=reconcile())
    while (run := leases.claim()) is not None:
        loop.drive(run)


def cross(actor: str, who: str) -> None:
    """Two who take the same locks."""
    parts = {"person and worker": _person_and_worker, "two workers": _two_workers}
    parts[who](actor)


def _person_and_worker(actor: str) -> None:
    """A worker has its run and goes for the task; a person gives the task to somebody else."""
    task = Task.objects.select_related("workspace").get(number=1)
    run = _claimed(queue(task))
    owner = Actor.objects.get(pk=actor)
    other = Agent.objects.exclude(pk=run.agent_id).filter(duty="worker").first()
    assert other is not None
    has_run, go = Event(), Event()

    def work() -> None:
        _as_worker(run, has_run, go, lambda: edit_task(actor=owner, task=task, description="New"))

    def give_away() -> None:
        has_run.wait(PATIENCE_S)
        assign_task(actor=owner, task=task, assignees=[other.actor])

    with _at_once(work, give_away):
        _until_somebody_waits()
        go.set()


def _two_workers(actor: str) -> None:
    """Two workers, each with a run on the same task; each is about to stop what the other does."""
    task = Task.objects.select_related("workspace").get(number=1)
    runs = [_claimed(queue(task)), _claimed(queue(task, kind="review"))]
    owner = Actor.objects.get(pk=actor)
    has = [Event(), Event()]
    go = Event()

    def stop_other() -> Any:
        return move_task(actor=owner, task=task, status="inbox")

    def work(number: int) -> Callable[[], None]:
        return lambda: _as_worker(runs[number], has[number], go, stop_other)

    with _at_once(work(0), work(1)):
        for event in has:
            event.wait(PATIENCE_S)
        go.set()


def queue(task: Task, kind: str = "work") -> Run:
    """A run of the agent that has the task."""
    holder = task.assignees.get().agent
    return Run.objects.create(
        workspace=task.workspace, agent=holder, task=task, kind=kind, enqueued_at=db_now()
    )


def _stand_still(run_id: Any, point: str) -> None:
    points.fit(point, how=signal.SIGSTOP)
    run = leases.claim(only=run_id)
    if run is not None:
        loop.drive(run)


def _let_take_over(run: Run) -> None:
    """The lease runs out, and the reconciler looks until the run is there to be taken.

    That takes a while where the worker stands still in the middle of a change.
    """
    deadline = time.monotonic() + PATIENCE_S
    while Run.objects.filter(pk=run.pk, state=Run.State.RUNNING).exists():
        assert time.monotonic() < deadline, "nobody could take it over"
        free = Run.objects.filter(pk=run.pk).select_for_update(skip_locked=True, no_key=True)
        with transaction.atomic():
            if free.exists():
                Run.objects.filter(pk=run.pk).update(lease_expires_at=Now())
        reconcile()
        time.sleep(0.05)


def _written(run: Run) -> list[Any]:
    """All that belongs to a run, as it stands."""
    columns = ("state", "token", "reason", "outcome", "step_count", "crashes", "ended_at")
    steps = run.steps.order_by("index")
    return [
        *Run.objects.filter(pk=run.pk).values_list(*columns),
        *steps.values_list("index", "kind", "state", "name", "result", "ended_at"),
    ]


def _claimed(run: Run) -> Run:
    claimed = leases.claim(only=run.pk)
    assert claimed is not None
    return claimed


def _as_worker(run: Run, has_run: Event, go: Event, deed: Callable[[], Any]) -> None:
    """A tool of this run that does the deed, as the loop calls it."""

    @verb
    def write() -> None:
        leases.fence(run)
        has_run.set()
        go.wait(PATIENCE_S)
        deed()

    with caused_by(Origin(run_id=run.pk)):
        try:
            patiently(write)
        except LeaseLost:
            ledger().write("refused", run=str(run.pk))


@contextmanager
def _at_once(*deeds: Callable[[], None]) -> Iterator[None]:
    """All of them on threads of their own; what goes wrong in one is written down."""

    def carry_out(deed: Callable[[], None]) -> None:
        try:
            deed()
        except Exception as error:
            ledger().write("failed", error=f"{type(error).__name__}: {error}")
        finally:
            connection.close()

    threads = [Thread(target=carry_out, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), "it waits for ever"


def _until_somebody_waits() -> None:
    """Until a session of this database waits for a lock."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits for anybody")
