"""Jobs: thin, and harmless when they run twice, late or at the same time.

None of them carries work. They look into the database for what is to be done, so that a
message that was lost, doubled or reordered changes nothing.
"""

from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down
from django.conf import settings

from agents import reconciling, runs
from agents.heartbeat import beat, forget_heartbeats
from agents.keeper import keeper
from agents.loop import work_off
from agents.plugins import slack


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
    return reconciling.reconcile()


@shared_task(name="agents.jobs.sweep")
def sweep() -> int:
    """Every 15 s: put right what a process that died in the wrong moment left behind."""
    return runs.cancel_left_over() + runs.rest_all() + forget_heartbeats()


@shared_task(name=slack.SENDER, bind=True, max_retries=3)
def send_notice(self: Any, text: str) -> None:
    """Post one notice to the channel. A notice is no record: it has no row, and may be lost."""
    try:
        slack.post(text)
    except Exception as error:
        if not slack.passes(error):
            raise
        # A minute, then more: the channel may be down, or have had too much of us.
        raise self.retry(exc=error, countdown=60 * 4**self.request.retries) from error


@worker_shutting_down.connect
def put_runs_back(**_: object) -> None:
    """A worker that is told to stop lets go of its runs at once instead of finishing them."""
    keeper.stop_all()
