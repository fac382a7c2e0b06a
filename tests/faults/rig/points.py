"""Places in a run at which the process is killed, as kill -9 does it."""

import os
import signal
from collections.abc import Callable
from typing import Any

from agents import acting, leases, loop
from modules.tools import Tool
from tests.faults.rig.book import ledger


def fit(point: str) -> None:
    """Let this process die when it reaches the point; nothing without one.

    "effect:2" is the second time that it is reached.
    """
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
    """Die after the n-th call of a function."""
    plain, left = getattr(module, name), [occurrence]

    def and_die(*args: Any, **kwargs: Any) -> Any:
        result = plain(*args, **kwargs)
        if of(result, *args):
            left[0] -= 1
            if left[0] == 0:
                ledger().write("died", point=point)
                os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(module, name, and_die)


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


_PLACES = {
    "claim": _at_claim,
    "intent": _at_intent,
    "effect": _at_effect,
    "result": _at_result,
    "commit": _at_commit,
}
