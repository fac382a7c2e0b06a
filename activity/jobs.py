"""Jobs of the log: mail, and letting go of what is old. Harmless to repeat."""

from celery import shared_task

from activity.keeping import forget_old
from activity.mailing import send_due_mail


@shared_task(name="activity.jobs.notify")
def notify() -> int:
    """Every 30 s: tell people by e-mail what they have not seen."""
    return send_due_mail()


@shared_task(name="activity.jobs.retention")
def retention() -> int:
    """Every hour: let go of notifications that nobody will read again."""
    return forget_old()
