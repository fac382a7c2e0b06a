"""What the room of modules lets go of."""

from django.db.models import QuerySet

from core.clock import db_now
from core.ids import first_of
from core.retention import days_kept
from modules.models import Call, Job


def old_calls() -> QuerySet[Call]:
    """Entries of the ledger of calls that nobody reckons with any more."""
    age = days_kept("calls")
    if age is None:
        return Call.objects.none()
    return Call.objects.filter(pk__lt=first_of(db_now() - age)).order_by("pk")


def old_jobs() -> QuerySet[Job]:
    """Jobs that ended long ago and left nothing behind; what made an asset stays with it."""
    age = days_kept("jobs")
    if age is None:
        return Job.objects.none()
    moment = db_now() - age
    jobs = Job.objects.filter(pk__lt=first_of(moment), ended_at__lt=moment)
    return jobs.filter(assets=None).order_by("pk")
