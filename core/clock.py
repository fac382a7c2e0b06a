"""The database's clock: the only one by which leases and due times are decided.

Workers may run on machines whose clocks disagree by hours; the database is the one place
they all ask.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, IntegerField
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Now
from django.utils import timezone

__all__ = ["Now", "db_now", "from_now", "seconds"]


def seconds(field: str) -> Combinable:
    """The whole seconds that `field` holds, as a duration to reckon with in the database."""
    # SQLite multiplies durations by IntegerField alone, and by none of its relatives.
    count = Cast(field, IntegerField())
    return ExpressionWrapper(count * timedelta(seconds=1), output_field=DurationField())


def from_now(delay: timedelta | F | Combinable) -> Combinable:
    """The moment `delay` after the database's present, as an expression."""
    return ExpressionWrapper(Now() + delay, output_field=DateTimeField())


def db_now() -> datetime:
    """The database's present as an aware datetime. One round trip.

    On SQLite the database lives in this process, so its clock is the process's own.
    """
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    moment: datetime = row[0]
    return moment
