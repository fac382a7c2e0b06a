"""Jobs of the log: mail, webhooks, and letting go of what is old. Harmless to repeat."""

import structlog
from celery import shared_task

from activity.mailing import send_due_mail
from activity.webhooks.queueing import SENDER
from activity.webhooks.sending import send_waiting, somebody_waits
from core.queueing import enqueue
from core.retention import forget_old

log = structlog.get_logger(__name__)


@shared_task(name="activity.jobs.notify")
def notify() -> int:
    """Every 30 s: tell people by e-mail what they have not seen."""
    return send_due_mail()


@shared_task(name="activity.jobs.retention")
def retention() -> int:
    """Every hour: let go of what is older than it is kept, in every room."""
    gone = forget_old()
    if gone:
        log.info("retention", **{name.replace(" ", "_"): count for name, count in gone.items()})
    return sum(gone.values())


@shared_task(name="activity.jobs.deliver")
def deliver() -> bool:
    """Every 5 s: wake a sender when a delivery is due.

    The clock's own threads wait for nobody outside; whoever sends may wait.
    """
    waits = somebody_waits()
    if waits:
        enqueue(SENDER)
    return waits


@shared_task(name="activity.jobs.send_webhooks")
def send_webhooks() -> int:
    """Send what waits for webhooks."""
    return send_waiting()
