"""Runs that take their worker down, and those that only kept them company."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from accounts.models import Membership
from activity.models import Notification
from agents import quarantine, reconciling
from agents.keeper import keeper
from agents.leases import claim
from agents.loop import drive, work_off
from agents.models import Run
from core.clock import from_now
from modules.language.types import Request

pytestmark = pytest.mark.django_db

Queue = Callable[..., Run]


def lose_the_worker(run: Run) -> None:
    """Claim it, and be gone."""
    assert claim(only=run.pk) is not None
    Run.objects.filter(pk=run.pk).update(lease_expires_at=from_now(timedelta(seconds=-1)))
    reconciling.reconcile()
    run.refresh_from_db()


def test_the_third_lost_worker_in_a_row_puts_a_run_in_quarantine(
    queue: Queue, alice: Membership, drill: SimpleNamespace
) -> None:
    run = queue()
    for crashes in (1, 2):
        lose_the_worker(run)
        assert (run.state, run.crashes) == (Run.State.QUEUED, crashes)

    lose_the_worker(run)

    assert (run.state, run.crashes) == (Run.State.QUARANTINED, 3)
    assert "for the third time in a row" in run.reason
    assert drill.handler.heard == [("ended", "quarantined")]
    assert Notification.objects.filter(recipient=alice.actor, kind="failed").count() == 1
    assert claim() is None


def test_a_step_forward_clears_a_run_of_suspicion(
    queue: Queue, scripted: Callable[..., list[Request]]
) -> None:
    run = queue()
    lose_the_worker(run)
    lose_the_worker(run)
    scripted(lambda request: ["Done."])
    claimed = claim(only=run.pk)
    assert claimed is not None

    drive(claimed)

    run.refresh_from_db()
    assert (run.state, run.crashes) == (Run.State.SUCCEEDED, 0)


def test_a_suspect_is_never_driven_in_a_workers_own_process(
    queue: Queue, agents: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, scripted: Any
) -> None:
    """And it goes before the others: a backlog of work must not keep it waiting."""
    suspect, other = queue(crashes=2), queue(agent=agents.qa)
    scripted(lambda request: ["Done."])
    queued_then: list[int] = []

    def in_a_child() -> "subprocess.Popen[bytes]":
        queued_then.append(Run.objects.filter(state=Run.State.QUEUED).count())
        Run.objects.filter(pk=suspect.pk).update(state=Run.State.SUCCEEDED)
        return subprocess.Popen(["true"])

    monkeypatch.setattr(quarantine, "_start", in_a_child)

    assert work_off(10) == 2

    assert queued_then == [2]
    suspect.refresh_from_db()
    other.refresh_from_db()
    assert (suspect.token, other.state) == (0, Run.State.SUCCEEDED)


def test_a_child_that_dies_is_not_started_again_at_once(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(crashes=2)
    started: list[Any] = []

    def die() -> "subprocess.Popen[bytes]":
        started.append(1)
        return subprocess.Popen([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])

    monkeypatch.setattr(quarantine, "_start", die)

    assert work_off(10) == 0
    assert len(started) == 1


def test_a_worker_that_is_told_to_stop_takes_its_child_along(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(crashes=2)
    children: list[subprocess.Popen[bytes]] = []

    def sleep() -> "subprocess.Popen[bytes]":
        children.append(subprocess.Popen(["sleep", "600"]))
        monkeypatch.setattr(keeper, "stopping", True)
        return children[0]

    monkeypatch.setattr(quarantine, "_start", sleep)

    assert quarantine.drive_suspects() is False
    assert children[0].returncode == -signal.SIGTERM


def test_only_one_suspect_is_tried_at_a_time(queue: Queue) -> None:
    queue(crashes=2)
    with quarantine._one_at_a_time:
        assert work_off(10) == 0


def test_a_step_taken_apart_clears_a_suspect_and_anybody_goes_on_with_it(
    queue: Queue, scripted: Callable[..., list[Request]]
) -> None:
    run = queue(crashes=2)
    answers: list[list[Any]] = [[("post_message", {"body": "Half way."})], ["Done."]]
    asked = scripted(lambda request: answers.pop(0))
    claimed = claim(only=run.pk)
    assert claimed is not None

    drive(claimed, steps=1)

    run.refresh_from_db()
    assert (run.state, run.crashes, len(asked)) == (Run.State.QUEUED, 0, 1)
    assert run.steps.count() == 1
    claimed = claim()
    assert claimed is not None
    drive(claimed)
    run.refresh_from_db()
    assert run.state == Run.State.SUCCEEDED


def test_the_last_step_ends_the_run_wherever_it_is_taken(
    queue: Queue, scripted: Callable[..., list[Request]]
) -> None:
    run = queue(crashes=2)
    scripted(lambda request: ["Done."])
    claimed = claim(only=run.pk)
    assert claimed is not None

    drive(claimed, steps=1)

    run.refresh_from_db()
    assert run.state == Run.State.SUCCEEDED


@pytest.mark.django_db(transaction=True)
def test_the_command_ends_where_there_is_no_suspect(workspace: Any) -> None:
    """In a real process: it starts, finds nothing, and ends."""
    from django.conf import settings
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    if connection.vendor == "sqlite":
        environment["DATABASE_URL"] = f"sqlite:///{name}"
    else:
        environment["DATABASE_URL"] = settings.DATABASE_URL.rsplit("/", 1)[0] + f"/{name}"
    done = subprocess.run(
        [sys.executable, "manage.py", "drive_suspects"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
