"""What the room of agents lets go of."""

from django.db.models import QuerySet

from agents.models import Run, Step
from core.clock import db_now
from core.ids import first_of
from core.retention import days_kept


def old_steps() -> QuerySet[Step]:
    """The steps of runs that ended long ago. The runs stay, with what they came to and cost.

    A step that a person decided about stays with the decision.
    """
    age = days_kept("steps")
    if age is None:
        return Step.objects.none()
    moment = db_now() - age
    # Ids grow with time: no more is looked at than is old.
    steps = Step.objects.filter(pk__lt=first_of(moment), run__ended_at__lt=moment)
    return steps.exclude(run__state__in=Run.LIVE).filter(approval=None).order_by("pk")
