"""Jobs that wait for a person, because nobody knows what became of what they ordered."""

from accounts.models import Actor
from accounts.roles import require
from activity.log import verb
from core.clock import Now
from core.errors import Conflict, NotFound
from core.queueing import enqueue
from modules.models import Job, Order
from modules.running.actions import note, settle, what
from modules.running.leases import LeaseLost, held

UNKNOWN = "unknown_outcome"


@verb
def ask_person(job: Job, *, words: str) -> None:
    """Let a job of ours wait until a person has decided. Raises LeaseLost."""
    rests = held(job).update(
        state=Job.State.WAITING,
        error=words[:500],
        error_code=UNKNOWN,
        lease_owner="",
        lease_expires_at=None,
    )
    if not rests:
        raise LeaseLost(str(job))
    settle(job)
    note(job, "job.waits", f"needs a decision about {what(job)}: {words[:200]}")


@verb
def decide_job(*, actor: Actor, job: Job, again: bool) -> Job:
    """End the wait: order it `again`, or take the job as failed.

    Exactly once, and by a person: whoever decides has looked at the provider's own pages.
    Raises Conflict when the job does not wait any more.
    """
    require(actor, "decide")
    if job.workspace_id != actor.workspace_id:
        raise NotFound("There is no such job.")
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.WAITING)
    if again:
        done = waiting.update(
            state=Job.State.QUEUED, attempts=0, enqueued_at=Now(), error="", error_code=""
        )
    else:
        done = waiting.update(state=Job.State.FAILED, ended_at=Now())
    if not done:
        raise Conflict("This has been decided already.", code="decided")
    job.refresh_from_db()
    if again:
        # What was ordered before counts as never taken.
        Order.objects.filter(job=job, ref="").delete()
        note(job, "job.retried", f"had {what(job)} ordered once more", actor=actor)
        enqueue("modules.jobs.work")
    else:
        note(job, "job.failed", f"took {what(job)} as failed", actor=actor)
    return job
