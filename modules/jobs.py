"""Jobs of Celery: thin, and harmless when they run twice, late or at the same time."""

from celery import shared_task
from celery.signals import worker_shutting_down
from django.conf import settings

from modules.running import driving, reconciling, schedules
from modules.running.keeping import keeper


@shared_task(name="modules.jobs.work")
def work() -> int:
    """Somebody queued a job: drive what is queued, as far as this process has room."""
    # Half of the threads at most: agents must not wait for pictures.
    return driving.work_off(max(1, settings.WORKER_THREADS // 2))


@shared_task(name="modules.jobs.look")
def look() -> int:
    """Every 5 s: what is due, what was never picked up, and what lost its worker."""
    return schedules.fire_due() + reconciling.reconcile()


@worker_shutting_down.connect
def put_jobs_back(**_: object) -> None:
    """A worker that is told to stop lets go of its jobs at once."""
    keeper.stop_all()
