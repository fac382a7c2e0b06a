"""The loop: ask the model, record, act, record, until the run is over.

It is saved after every step and starts again from what is saved. Whatever ends it early is
an exception that says why; none of them loses a step.
"""

import time
from collections.abc import Callable
from typing import Any

import structlog

from activity.log import Origin, caused_by, verb
from agents import budgets, hooks, outages, runs
from agents.acting import act
from agents.circles import circle_in
from agents.errors import LeaseLost, Stuck, Suspended
from agents.handlers import handler_of
from agents.keeper import keeper
from agents.leases import claim, fence
from agents.models import Run
from agents.persistence import AGAIN_AFTER_S, PASSING, PATIENCE_S, patiently
from agents.quarantine import drive_suspects
from agents.thinking import think
from agents.transcript import Transcript
from core.connections import let_go
from core.queueing import enqueue
from modules.breakers import BreakerOpen
from modules.language.base import ProviderError
from modules.language.cancel import Cancelled, CancelToken

log = structlog.get_logger(__name__)

MAX_STEPS = 60


def work_off(slots: int) -> int:
    """Claim and drive queued runs, one after the other, until none is left.

    `slots` is how many runs this process may hold at once. Returns how many were driven.
    """
    driven = 0
    while keeper.count < slots and not keeper.stopping:
        # Suspects first: they have waited longest, and may wait no longer for the others.
        if not drive_suspects():
            run = claim()
            if run is None:
                break
            # Who has something to do wakes the next, who looks whether there is more.
            enqueue("agents.jobs.work")
            drive(run)
        driven += 1
    return driven


def drive(run: Run, *, steps: int | None = None) -> None:
    """Bring a claimed run to its end, or to where it has to wait.

    After so many `steps`, if any are named, it is put back for others to go on with.
    """
    source = Origin(run_id=run.pk, cause_id=run.cause_id, hops=run.hops)
    with keeper.holding(run) as cancel, caused_by(source):
        try:
            if not _drive_patiently(run, cancel, steps):
                _quietly(runs.put_back, run, why="it has taken the step that was in doubt")
        except Suspended as pause:
            _quietly(runs.park_run, run, pause)
        except BreakerOpen as error:
            _quietly(runs.park_run, run, outages.rest_until(error.retry_at, str(error)))
        except budgets.BudgetSpent as spent:
            _quietly(runs.park_run, run, Suspended("budget", str(spent), spent.resets_at))
        except Cancelled:
            # Nothing to say when it was stopped; else this process may not go on with it.
            why = "its worker was stopped" if keeper.stopping else "its agent may not work now"
            _quietly(runs.put_back, run, why=why)
        except LeaseLost as lost:
            log.info("run.lease_lost", run=str(run.pk), why=str(lost))
        except ProviderError as error:
            _pause_or_end(run, error)
        except Stuck as error:
            _quietly(runs.end_run, run, Run.State.FAILED, reason=str(error))
        except PASSING as error:
            # Away for long: the lease runs out, and whoever sees it first takes over.
            log.error("run.left", run=str(run.pk), error=type(error).__name__)
        except Exception as error:
            log.exception("run.failed", run=str(run.pk))
            why = f"unexpected {type(error).__name__}; the log has the details"
            _quietly(runs.end_run, run, Run.State.FAILED, reason=why)


def _drive_patiently(run: Run, cancel: CancelToken, steps: int | None) -> bool:
    """Drive from what is saved, once more when the database was away or broke a deadlock."""
    patience = time.monotonic() + PATIENCE_S
    while True:
        try:
            return _drive(run, cancel, steps)
        except PASSING as error:
            if time.monotonic() > patience:
                raise
            log.warning("run.interrupted", run=str(run.pk), error=type(error).__name__)
            let_go()
            if cancel.wait(AGAIN_AFTER_S):
                raise Cancelled from error


def _drive(run: Run, cancel: CancelToken, steps: int | None) -> bool:
    """Whether the run left the loop by itself, before so many steps were taken."""
    _open(run)
    taken = 0
    while True:
        transcript = Transcript.load(run)
        calls = transcript.open_calls()
        for call in calls:
            if taken == steps:
                return False
            if cancel.cancelled:
                raise Cancelled
            with hooks.step(run, "tool", call.name):
                over = act(run, transcript, call)
            if over:
                return True
            taken += 1
        if calls:
            continue
        if transcript.replied_without_calls:
            runs.end_run(run, Run.State.SUCCEEDED, outcome={"text": transcript.final_text})
            return True
        _check(transcript)
        if taken == steps:
            return False
        if cancel.cancelled:
            raise Cancelled
        with hooks.step(run, "model"):
            think(run, transcript, cancel)
        taken += 1


def open_run(run: Run) -> None:
    """Brief the agent, once; whoever takes over finds the brief it was given."""
    _open(run)


def _open(run: Run) -> None:
    if run.brief:
        return
    brief = handler_of(run).brief(run).to_dict()
    _begin(run, brief)
    run.brief = brief


@verb
def _begin(run: Run, brief: dict[str, Any]) -> None:
    fence(run)
    Run.objects.filter(pk=run.pk).update(brief=brief, subject=run.subject)
    runs.start_run(run)


def _check(transcript: Transcript) -> None:
    circle = circle_in(transcript.steps)
    if circle:
        raise Stuck(f"stopped because it {circle}")
    if len(transcript.steps) >= MAX_STEPS:
        raise Stuck(f"stopped after {MAX_STEPS} steps without an end")


def _pause_or_end(run: Run, error: ProviderError) -> None:
    """A provider that is in trouble is waited for; one that refuses ends the run."""
    pause = patiently(outages.rest_after, run, error)
    if pause is not None:
        _quietly(runs.park_run, run, pause)
    else:
        _quietly(runs.end_run, run, Run.State.FAILED, reason=str(error))


def _quietly(end: Callable[..., object], *args: object, **kwargs: object) -> None:
    """Write how the run left the loop, unless it is no longer ours to say."""
    try:
        patiently(end, *args, **kwargs)
    except LeaseLost as lost:
        log.info("run.lease_lost", why=str(lost))
    except Exception:
        # The lease runs out, and whoever takes the run over tries again.
        log.exception("run.cannot_leave")
