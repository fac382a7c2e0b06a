"""Jobs of the board: thin, and harmless when they run twice, late or at the same time."""

from celery import shared_task

from tasks import working


@shared_task(name="tasks.jobs.snapshot")
def snapshot() -> int:
    """Every minute: keep WORKING.md where it says something new."""
    return working.snapshot_changed()
