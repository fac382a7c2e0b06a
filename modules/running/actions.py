"""Verbs on jobs, and every way from one state of a job to another.

    queued → running → succeeded | failed | cancelled
       ↑________↓  ↓
       ↑________waiting → failed | cancelled      (`deciding`)

Each change is compare-and-set: it names the state it comes from and, when a worker makes it,
the token of its claim. Terminal states are final.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from accounts.models import Actor
from accounts.roles import require
from activity.log import HOP_LIMIT, origin, record, verb
from core.clock import Now
from core.errors import Conflict, Invalid, NotFound
from core.queueing import enqueue
from modules import spending
from modules.models import Job, Schedule
from modules.models.jobs import JobQuerySet
from modules.operations import registry
from modules.running.choosing import check_assets, model_of
from modules.running.leases import LeaseLost, fence, held

MAX_ATTEMPTS = 3
MAX_OPEN = 200


@verb
def start_job(
    *,
    actor: Actor,
    operation: str,
    input: dict[str, Any],
    door: str = Job.Door.ROOM,
    model: UUID | None = None,
    key: str | None = None,
    agent: Any = None,
    run: Any = None,
    task: Any = None,
    schedule: Schedule | None = None,
    retry_of: Job | None = None,
    push: bool = True,
) -> Job:
    """Queue a job. A worker takes it at once; with `push` False the caller drives it itself.

    The same `key` brings back the job that it was first used for. Raises Invalid for input
    that does not fit, and Unavailable where there is no model for it.
    """
    require(actor, "work")
    one = registry.get(operation)
    if key:
        known = Job.objects.filter(workspace=actor.workspace_id, key=key).first()
        if known:
            return known
    one.check(input)
    check_assets(actor.workspace, one, input)
    source = origin()
    if source.hops > HOP_LIMIT:
        raise Conflict("This goes back to too many changes that caused one another.")
    if Job.objects.filter(workspace=actor.workspace_id).open().count() >= MAX_OPEN:
        raise Conflict(f"There are {MAX_OPEN} jobs under way already. Let some of them end first.")
    job = Job.objects.create(
        workspace_id=actor.workspace_id,
        actor=actor,
        operation=operation,
        door=door,
        model=model_of(actor.workspace, one, model),
        input=input,
        key=key,
        agent=agent,
        run=run,
        task=task,
        schedule=schedule,
        retry_of=retry_of,
        cause_id=source.cause_id,
        hops=source.hops,
        enqueued_at=Now(),
    )
    job.refresh_from_db(fields=["enqueued_at"])
    note(job, "job.started", f"started {what(job)}", actor=actor)
    if push:
        enqueue("modules.jobs.work")
    return job


@verb
def cancel_job(*, actor: Actor, job: Job) -> Job:
    """Stop a job for good. Whoever works on it lets go of it within a second."""
    _own(actor, job)
    stopped = (
        Job.objects.filter(pk=job.pk)
        .open()
        .update(
            state=Job.State.CANCELLED,
            ended_at=Now(),
            lease_owner="",
            lease_expires_at=None,
            error="Cancelled.",
            error_code="cancelled",
        )
    )
    if not stopped:
        raise Conflict("This job has ended already.")
    job.refresh_from_db()
    settle(job)
    note(job, "job.cancelled", f"cancelled {what(job)}", actor=actor)
    return job


@verb
def retry_job(*, actor: Actor, job: Job, door: str = Job.Door.ROOM) -> Job:
    """Do the same once more, as a job of its own that refers to this one."""
    _own(actor, job)
    if not job.ended:
        raise Conflict("This job is still under way.")
    usable = job.model_id if job.model and job.model.enabled else None
    return start_job(
        actor=actor,
        operation=job.operation,
        input=job.input,
        door=door,
        model=usable,
        retry_of=job,
    )


@verb
def reserve_cost(job: Job) -> None:
    """Set aside what a claimed job may cost. Raises LimitReached when there is not so much."""
    one = registry.get(job.operation)
    cost = one.price(job.model, job.input)
    fence(job)
    spending.reserve(job, cost)
    if not held(job).update(cost_reserved=cost):
        raise LeaseLost(str(job))
    job.cost_reserved = cost


@verb
def finish_job(job: Job, result: dict[str, Any]) -> None:
    """End a job of ours well. Raises LeaseLost when it is not ours any more."""
    _end(job, state=Job.State.SUCCEEDED, progress=100, progress_words="", result=result)
    note(job, "job.finished", f"finished {what(job)}")


@verb
def fail_job(job: Job, *, code: str, words: str) -> None:
    """End a job of ours badly, with the reason in words."""
    _end(job, state=Job.State.FAILED, error=words[:500], error_code=code[:60])
    if job.schedule_id:
        Schedule.objects.filter(pk=job.schedule_id).update(problem=words[:300])
    note(job, "job.failed", f"could not finish {what(job)}: {words[:200]}")


@verb
def postpone_job(job: Job, *, until: datetime | Any, code: str = "", words: str = "") -> None:
    """Put a job of ours back in the queue, not to be taken before `until`."""
    back = held(job).update(
        state=Job.State.QUEUED,
        not_before=until,
        enqueued_at=Now(),
        lease_owner="",
        lease_expires_at=None,
        error=words[:500],
        error_code=code[:60],
    )
    if not back:
        raise LeaseLost(str(job))
    settle(job)


@verb
def stop_all(jobs: JobQuerySet) -> int:
    """Take running jobs from their workers and queue them; they go on when they may again.

    Returns how many. Whoever works on one lets go of it within a second.
    """
    running = list(
        jobs.filter(state=Job.State.RUNNING).order_by("pk").select_for_update(no_key=True)
    )
    jobs.filter(pk__in=[job.pk for job in running]).update(**_given_back())
    for job in running:
        settle(job)
    return len(running)


def _given_back() -> dict[str, Any]:
    """The changes of a job that is queued again unharmed: the attempt does not count."""
    return {
        "state": Job.State.QUEUED,
        "attempts": F("attempts") - 1,
        "enqueued_at": Now(),
        "lease_owner": "",
        "lease_expires_at": None,
    }


@verb
def put_back(job: Job) -> None:
    """Give a job of ours back unharmed: this process ends, or everything was stopped."""
    if held(job).update(**_given_back()):
        settle(job)
        enqueue("modules.jobs.work")


@verb
def take_back(job: Job) -> bool:
    """Save a job whose worker was lost: queue it again, or give it up after three attempts."""
    lost = Job.objects.filter(pk=job.pk, token=job.token).expired()
    # As with runs: no waiting for a worker that stands still in the middle of a change.
    if not lost.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True):
        return False
    gone = {"lease_owner": "", "lease_expires_at": None}
    if job.attempts < MAX_ATTEMPTS:
        if not lost.update(state=Job.State.QUEUED, enqueued_at=Now(), **gone):
            return False
        settle(job)
        enqueue("modules.jobs.work")
        return True
    words = f"Its worker was lost {MAX_ATTEMPTS} times."
    if not lost.update(
        state=Job.State.FAILED, ended_at=Now(), error=words, error_code="worker_lost", **gone
    ):
        return False
    settle(job)
    note(job, "job.failed", f"could not finish {what(job)}: {words}")
    return True


def what(job: Job) -> str:
    """A job as the log speaks of it."""
    return f"“{registry.title_of(job.operation)}”"


def _own(actor: Actor, job: Job) -> None:
    require(actor, "work")
    if job.workspace_id != actor.workspace_id:
        raise NotFound("There is no such job.")
    if actor.is_agent and job.actor_id != actor.pk:
        raise Invalid("Agents decide only about jobs of their own.", field="job")


def _end(job: Job, **values: Any) -> None:
    ended = held(job).update(ended_at=Now(), lease_owner="", lease_expires_at=None, **values)
    if not ended:
        raise LeaseLost(str(job))
    settle(job)


def settle(job: Job) -> None:
    """Give back what was set aside, once: whoever finds it set aside takes it."""
    row = Job.objects.filter(pk=job.pk).values("cost_reserved", "cost").first()
    if row is None or not row["cost_reserved"]:
        return
    taken = Job.objects.filter(pk=job.pk, cost_reserved=row["cost_reserved"]).update(
        cost_reserved=0
    )
    if taken:
        spending.settle(job, reserved=row["cost_reserved"], spent=row["cost"])


def note(job: Job, verb: str, message: str, *, actor: Actor | None = None) -> None:
    """Write the log's line about a job, within the transaction of the verb."""
    record(
        actor=actor or job.actor,
        workspace=job.workspace,
        verb=verb,
        message=message,
        agent=job.agent,
        task=job.task,
        run=job.run,
        data={"job": str(job.pk), "operation": job.operation, **_mark(job)},
    )


def _mark(job: Job) -> dict[str, Any]:
    """That the run of a job is not for everybody to look into, where that is so."""
    return {"private": True} if job.run is not None and job.run.thread else {}
