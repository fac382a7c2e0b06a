"""What the clock does by itself.

Ten thousand agents are ten thousand rows with a due time, not ten thousand entries: these few
are all there is, kept in memory. Schedules that people edit are rows the tick claims.
"""

from typing import Any


def every(seconds: float, job: str) -> dict[str, Any]:
    """A fixed entry whose message dies before the next is due, so that they never pile up."""
    return {"task": job, "schedule": seconds, "options": {"expires": seconds}}


FIXED = {
    "tick": every(1, "agents.jobs.tick"),
    "reconcile": every(5, "agents.jobs.reconcile"),
    "sweep": every(15, "agents.jobs.sweep"),
    "snapshot": every(60, "tasks.jobs.snapshot"),
    "notify": every(30, "activity.jobs.notify"),
    "deliver": every(5, "activity.jobs.deliver"),
    "retention": every(3600, "activity.jobs.retention"),
    "modules": every(5, "modules.jobs.look"),
}
# A queue and a few threads of their own: jobs that wait on models for minutes must not keep
# the clock from ticking.
ROUTES = {entry["task"]: {"queue": "clock"} for entry in FIXED.values()}
