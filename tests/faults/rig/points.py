"""Places in a run at which the process is killed, or stands still, as a signal does it."""

import os
import signal
from collections.abc import Callable
from typing import Any

from agents import acting, leases, loop, thinking
from modules.running import actions as job_actions
from modules.running import driving
from modules.running import leases as job_leases
from modules.running.context import JobContext
from modules.tools import Tool
from tests.faults.rig.book import ledger

_how = signal.SIGKILL


def fit(point: str, *, how: signal.Signals = signal.SIGKILL) -> None:
    """Let this process get a signal when it reaches the point; nothing without one.

    "effect:2" is the second time that it is reached.
    """
    global _how
    _how = how
    name, _, occurrence = point.partition(":")
    if name:
        _PLACES[name](name, int(occurrence or 1))


def _after(
    module: Any,
    name: str,
    point: str,
    occurrence: int,
    *,
    of: Callable[..., bool] = lambda *_: True,
) -> None:
    """Get the signal after the n-th call of a function."""
    plain, left = getattr(module, name), [occurrence]

    def and_stop(*args: Any, **kwargs: Any) -> Any:
        result = plain(*args, **kwargs)
        if of(result, *args):
            left[0] -= 1
            if left[0] == 0:
                ledger().write("died" if _how == signal.SIGKILL else "stalled", point=point)
                os.kill(os.getpid(), _how)
        return result

    setattr(module, name, and_stop)


def _at_claim(point: str, occurrence: int) -> None:
    """The run is ours, and nothing has been done."""
    _after(leases, "claim", point, 1, of=lambda run, *_: run is not None)
    loop.__dict__["claim"] = leases.claim


def _at_intent(point: str, occurrence: int) -> None:
    """It is written that the call will be made."""
    _after(acting, "_begin", point, occurrence)


def _at_effect(point: str, occurrence: int) -> None:
    """The call was made, and nobody knows yet."""

    def outside(result: object, tool: Tool, *_: object) -> bool:
        return tool.effect == "outside"

    _after(acting, "_call", point, occurrence, of=outside)


def _at_result(point: str, occurrence: int) -> None:
    """The receipt is written, and not committed."""
    _after(acting, "save_receipt", point, occurrence)


def _at_commit(point: str, occurrence: int) -> None:
    """The receipt is committed."""
    _after(acting, "_finish", point, occurrence)


def _at_words(point: str, occurrence: int) -> None:
    """A third of an answer has been said."""
    from tests.faults.rig import model

    _after(model, "before_word", point, 14)


def _at_reply(point: str, occurrence: int) -> None:
    """The whole answer is there, and is not saved."""
    _after(thinking, "complete", point, occurrence)


def _at_saved(point: str, occurrence: int) -> None:
    """The answer is saved, and the run has not ended."""
    _after(thinking, "_save", point, occurrence)


def _at_job_claim(point: str, occurrence: int) -> None:
    """The job is ours, and nothing has been done."""
    _after(job_leases, "claim", point, 1, of=lambda job, *_: job is not None)
    driving.__dict__["claim"] = job_leases.claim


def _at_job_call(point: str, occurrence: int) -> None:
    """What was asked for is made, and is not kept yet."""
    _after(JobContext, "call", point, 1)


def _at_job_asset(point: str, occurrence: int) -> None:
    """It is kept, and the job has not ended."""
    _after(JobContext, "save_asset", point, 1)


def _at_job_commit(point: str, occurrence: int) -> None:
    """The job has ended."""
    _after(job_actions, "finish_job", point, 1)


_PLACES = {
    "words": _at_words,
    "reply": _at_reply,
    "saved": _at_saved,
    "job-claim": _at_job_claim,
    "job-call": _at_job_call,
    "job-asset": _at_job_asset,
    "job-commit": _at_job_commit,
    "claim": _at_claim,
    "intent": _at_intent,
    "effect": _at_effect,
    "result": _at_result,
    "commit": _at_commit,
}
