"""When a cron expression is due next, in a time zone with its summer time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from celery.schedules import ParseException, crontab

from core.errors import Invalid

FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
# The 29th of February on a Monday comes once in 28 years; nobody means that.
FURTHEST = timedelta(days=366 * 8)


def parsed(expression: str) -> crontab:
    """The five fields: minute, hour, day of month, month, day of week. Raises Invalid."""
    fields = expression.split()
    if len(fields) != len(FIELDS):
        raise Invalid(
            "A cron expression has five fields: minute, hour, day, month, weekday.", field="cron"
        )
    try:
        return crontab(**dict(zip(FIELDS, fields, strict=True)))
    except (ParseException, ValueError, KeyError) as error:
        raise Invalid(f"This is no cron expression: {error}.", field="cron") from None


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name. Raises Invalid."""
    try:
        if name not in available_timezones():
            raise ZoneInfoNotFoundError(name)
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise Invalid(f"There is no time zone “{name}”.", field="timezone") from None


def next_after(expression: str, zone: str, moment: datetime) -> datetime:
    """The first moment after `moment` at which it is due, in UTC. Raises Invalid for never.

    Day of month and weekday must both fit, as Celery has it. A time that the clocks skip in
    spring is taken an hour later, one that comes twice in autumn the first time.
    """
    plan, place = parsed(expression), zone_of(zone)
    start = moment.astimezone(place)
    day, last = start.date(), start.date() + FURTHEST
    while day <= last:
        if _fits(plan, day):
            for hour in sorted(plan.hour):
                for minute in sorted(plan.minute):
                    local = datetime.combine(day, time(hour, minute), tzinfo=place)
                    found = local.astimezone(UTC)
                    if found > moment:
                        return found
        day += timedelta(days=1)
    raise Invalid("That never comes.", field="cron")


def _fits(plan: crontab, day: date) -> bool:
    return (
        day.month in plan.month_of_year
        and day.day in plan.day_of_month
        and day.isoweekday() % 7 in plan.day_of_week
    )
