"""Taking a job and bringing it to its end, or to where another attempt may."""

import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection

from activity.log import Origin, caused_by
from core.clock import from_now
from core.errors import MCError
from core.queueing import enqueue
from modules.breakers import BreakerOpen
from modules.language.base import ProviderError
from modules.language.cancel import Cancelled, CancelToken
from modules.models import Job
from modules.operations import registry
from modules.running import actions, deciding
from modules.running.context import JobContext
from modules.running.keeping import keeper
from modules.running.leases import LeaseLost, claim

log = structlog.get_logger(__name__)

PASSING = (OperationalError, InterfaceError)
PATIENCE_S = 60.0


def work_off(slots: int) -> int:
    """Take and drive queued jobs one after the other until there is none. Returns how many."""
    driven = 0
    while keeper.count < slots and not keeper.stopping:
        job = claim()
        if job is None:
            break
        # Who has something to do wakes the next, who looks whether there is more.
        enqueue("modules.jobs.work")
        drive(job)
        driven += 1
    return driven


def drive_now(job_id: UUID) -> None:
    """Drive one job here and now, in the thread of whoever waits for it."""
    job = claim(only=job_id)
    if job is not None:
        drive(job)


def drive(job: Job) -> None:
    """Bring a claimed job to its end."""
    source = Origin(run_id=job.run_id, cause_id=job.cause_id, hops=job.hops)
    with keeper.holding(job) as cancel, cancel.governing(), caused_by(source):
        try:
            _attempt(job, cancel)
        except Cancelled:
            if cancel.cancelled:
                # This process ends, or everything was stopped; what a person cancelled is not
                # ours any more.
                _quietly(actions.put_back, job)
            else:
                # Nobody wanted that: taken again at once, it would go round for ever.
                _fail(job, "cancelled", "It gave up by itself.")
        except LeaseLost as lost:
            log.info("job.lease_lost", job=str(job.pk), why=str(lost))
        except BreakerOpen as error:
            _later(job, error.code, error.message, until=error.retry_at)
        except ProviderError as error:
            if error.code == deciding.UNKNOWN:
                _quietly(deciding.ask_person, job, words=error.message)
            elif error.transient:
                _later(job, error.code, error.message)
            else:
                _fail(job, error.code, error.message)
        except MCError as error:
            _fail(job, error.code, error.message)
        except PASSING as error:
            # The database is away: the lease runs out, and whoever sees it takes over.
            log.error("job.left", job=str(job.pk), error=type(error).__name__)
            connection.close()
        except Exception as error:
            log.exception("job.failed", job=str(job.pk))
            _fail(job, "unexpected", f"Unexpected {type(error).__name__}; the log says more.")


def _attempt(job: Job, cancel: CancelToken) -> None:
    one = registry.find(job.operation)
    if one is None:
        raise MCError(f"The module of “{job.operation}” is not here any more.", code="no_module")
    context = JobContext(job, cancel)
    given = one.check(job.input)
    actions.reserve_cost(job)
    result = one.function(context, **given)
    context.check()
    _patiently(actions.finish_job, job, result)


def _later(job: Job, code: str, words: str, until: object = None) -> None:
    """Another attempt, after a while that grows; the third failure is the last."""
    if job.attempts >= actions.MAX_ATTEMPTS:
        _fail(job, code, words)
        return
    when = until or from_now(timedelta(seconds=5 * 3 ** (job.attempts - 1)))
    _quietly(actions.postpone_job, job, until=when, code=code, words=words)


def _fail(job: Job, code: str, words: str) -> None:
    _quietly(actions.fail_job, job, code=code, words=words)


def _quietly(end: Callable[..., object], *args: object, **kwargs: object) -> None:
    """Write how a job left us, unless it is no longer ours to say."""
    try:
        _patiently(end, *args, **kwargs)
    except LeaseLost as lost:
        log.info("job.lease_lost", why=str(lost))
    except Exception:
        log.exception("job.cannot_leave")


def _patiently(write: Callable[..., object], *args: object, **kwargs: object) -> None:
    """Write what cannot be had a second time, again and again until the database takes it."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            write(*args, **kwargs)
            return
        except PASSING:
            if time.monotonic() > deadline or connection.in_atomic_block:
                raise
            connection.close()
            time.sleep(0.5)
