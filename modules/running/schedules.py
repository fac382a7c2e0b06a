"""Verbs on schedules, and the clock that claims those that are due."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction

from accounts.models import Actor
from accounts.roles import require
from activity.log import logged, record, verb
from core.clock import Now, db_now
from core.errors import Conflict, Forbidden, Invalid, MCError, NotFound
from modules.models import Job, Schedule
from modules.operations import registry
from modules.running.actions import start_job
from modules.running.choosing import check_assets, model_of
from modules.running.cron import next_after

log = structlog.get_logger(__name__)

AT_MOST = 100


@dataclass(frozen=True)
class Plan:
    """What somebody may say of a schedule."""

    name: str
    operation: str
    input: dict[str, Any]
    cron: str
    timezone: str = "UTC"
    model: UUID | None = None
    enabled: bool = True


@verb
def save_schedule(*, actor: Actor, plan: Plan, schedule: Schedule | None = None) -> Schedule:
    """Make a schedule, or change one. Whoever saves it last is in whose name it acts."""
    _may(actor, schedule)
    made = schedule is None
    one = registry.get(plan.operation)
    one.check(plan.input)
    check_assets(actor.workspace, one, plan.input)
    if not plan.name.strip():
        raise Invalid("It needs a name.", field="name")
    schedule = schedule or Schedule(workspace_id=actor.workspace_id)
    schedule.actor = actor
    schedule.name, schedule.operation, schedule.input = plan.name.strip(), one.name, plan.input
    schedule.model = model_of(actor.workspace, one, plan.model) if plan.model else None
    schedule.cron, schedule.timezone = " ".join(plan.cron.split()), plan.timezone
    schedule.enabled, schedule.problem = plan.enabled, ""
    schedule.due_at = next_after(schedule.cron, schedule.timezone, db_now())
    try:
        with transaction.atomic():
            schedule.save()
    except IntegrityError as error:
        raise Conflict(f"There is a schedule “{plan.name}” already.", field="name") from error
    _record(actor, schedule, "created" if made else "changed")
    return schedule


@verb
def switch_schedule(*, actor: Actor, schedule: Schedule, enabled: bool) -> Schedule:
    """Let it rest, or go on from now."""
    _may(actor, schedule)
    schedule.enabled = enabled
    schedule.due_at = next_after(schedule.cron, schedule.timezone, db_now())
    schedule.save(update_fields=["enabled", "due_at"])
    _record(actor, schedule, "changed")
    return schedule


@verb
def delete_schedule(*, actor: Actor, schedule: Schedule) -> None:
    """Take it away. What it has done stays."""
    _may(actor, schedule)
    _record(actor, schedule, "deleted")
    schedule.delete()


@verb
def run_now(*, actor: Actor, schedule: Schedule) -> Job:
    """Do it once, out of turn."""
    _may(actor, schedule)
    return _start(schedule, actor)


def _may(actor: Actor, schedule: Schedule | None) -> None:
    require(actor, "run")
    if actor.is_agent:
        raise Forbidden("Agents keep no schedules.")
    if schedule is not None and schedule.workspace_id != actor.workspace_id:
        raise NotFound("There is no such schedule.")


def _record(actor: Actor, schedule: Schedule, done: str) -> None:
    record(
        actor=actor,
        verb=f"schedule.{done}",
        message=f"{done} the schedule “{schedule.name}”",
        data={"schedule": str(schedule.pk), "operation": schedule.operation},
    )


def _start(schedule: Schedule, actor: Actor, key: str | None = None) -> Job:
    return start_job(
        actor=actor,
        operation=schedule.operation,
        input=schedule.input,
        door=Job.Door.SCHEDULE,
        model=schedule.model_id,
        schedule=schedule,
        key=key,
    )


def fire_due() -> int:
    """Start what is due. Returns how many jobs were started.

    Each is claimed by a conditional update of its due time, so that two clocks do no harm.
    What was missed while the house was closed, or everything was stopped, is done once.
    """
    due = Schedule.objects.filter(
        enabled=True, due_at__lte=Now(), workspace__halted_at__isnull=True
    )
    if not due.exists():
        return 0
    started = 0
    for schedule in due.select_related("actor__workspace").order_by("due_at")[:AT_MOST]:
        try:
            started += _fire(schedule)
        except Exception:
            log.exception("schedule.failed", schedule=str(schedule.pk))
    return started


def _fire(schedule: Schedule) -> bool:
    was = schedule.due_at
    assert was is not None
    row = Schedule.objects.filter(pk=schedule.pk, due_at=was, enabled=True)
    with logged():
        following = next_after(schedule.cron, schedule.timezone, db_now())
        if not row.update(due_at=following, last_at=Now(), problem=""):
            return False
        problem = ""
        if schedule.jobs.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).exists():
            problem = "It was left out once: the one before was still under way."
        else:
            try:
                with logged(savepoint=True):
                    _start(schedule, schedule.actor, f"schedule:{schedule.pk}:{was.isoformat()}")
            except MCError as error:
                problem = error.message
        if problem:
            Schedule.objects.filter(pk=schedule.pk).update(problem=problem[:300])
    return not problem
