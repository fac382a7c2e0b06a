"""Jobs: thin, and harmless when they run twice, late or at the same time.

None of them carries work. They look into the database for what is to be done, so that a
message that was lost, doubled or reordered changes nothing.
"""

from datetime import timedelta

from celery import shared_task
from celery.signals import worker_shutting_down
from django.conf import settings

from agents import runs
from agents.heartbeat import beat, forget_heartbeats
from agents.keeper import keeper
from agents.loop import work_off
from agents.models import Run
from core.clock import from_now
from core.queueing import enqueue

PICK_UP_WITHIN = timedelta(seconds=5)
RECONCILE_AT_MOST = 200


@shared_task(name="agents.jobs.tick")
def tick() -> int:
    """Every second: let wake whoever is due and has something to do."""
    return beat()


@shared_task(name="agents.jobs.pulse")
def pulse() -> int:
    """Something concerns an agent: do not wait for the tick."""
    return beat()


@shared_task(name="agents.jobs.work")
def work() -> int:
    """Somebody queued a run: drive what is queued, as far as this process has room."""
    return work_off(settings.WORKER_THREADS)


@shared_task(name="agents.jobs.reconcile")
def reconcile() -> int:
    """Every 5 s: find what was never picked up, what lost its worker, what may go on."""
    found = 0
    expired = Run.objects.expired().select_related("agent__actor", "workspace", "task")
    for run in expired[:RECONCILE_AT_MOST]:
        found += runs.take_back(run)
    waiting = Run.objects.to_resume().values_list("pk", flat=True)
    for run_id in list(waiting[:RECONCILE_AT_MOST]):
        found += runs.resume_run(run_id)
    forgotten = Run.objects.claimable().filter(enqueued_at__lt=from_now(-PICK_UP_WITHIN)).count()
    for _ in range(min(forgotten, settings.WORKER_THREADS)):
        enqueue("agents.jobs.work")
    return found + forgotten


@shared_task(name="agents.jobs.sweep")
def sweep() -> int:
    """Every 15 s: put right what a process that died in the wrong moment left behind."""
    return runs.rest_all() + forget_heartbeats()


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def put_runs_back(**_: object) -> None:
    """A worker that is told to stop lets go of its runs at once instead of finishing them."""
    keeper.stop_all()
