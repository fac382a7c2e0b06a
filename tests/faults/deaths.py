"""Deaths of workers at the worst of moments."""

from typing import Any

from agents.models import Run
from agents.reconciling import reconcile
from core.clock import Now
from tasks.models import Task
from tests.faults.interleaving import queue
from tests.faults.people import answer_all
from tests.faults.processes import drive, fork


def die(point: str) -> None:
    """Drive each task's run: a first worker dies at the point, others bring it to its end.

    Workers are forked, so that a death costs no start. Every other time it is the second of
    the two calls with an effect in which the worker dies.
    """
    tasks = Task.objects.order_by("number").select_related("workspace")
    for number, task in enumerate(tasks):
        run = queue(task)
        fork(drive, run.pk, point, number % 2 + 1)
        for _ in range(3):
            run.refresh_from_db()
            if not run.live:
                break
            _after_a_death(run)
            fork(drive, run.pk, "", 0)


def _after_a_death(run: Any) -> None:
    """Time passes: the lease runs out, the reconciler looks, a person answers."""
    Run.objects.filter(pk=run.pk, state="running").update(lease_expires_at=Now())
    reconcile()
    answer_all(after=0.0)
