"""Places in a run at which the process is killed, as kill -9 does it."""

import os
import signal
from collections.abc import Callable
from typing import Any

from tests.faults.rig.book import ledger

POINTS = ("claim", "intent", "effect", "result", "commit")


def fit(point: str) -> None:
    """Let this process die when it reaches the point; nothing without one."""
    if point:
        {
            "claim": _after_claim,
            "intent": _after_intent,
            "effect": _after_effect,
            "result": _before_receipt_commits,
            "commit": _after_commit,
        }[point]()


def die(point: str) -> None:
    ledger().write("died", point=point)
    os.kill(os.getpid(), signal.SIGKILL)


def _after(module: Any, name: str, point: str, *, of: Callable[..., bool] | None = None) -> None:
    plain = getattr(module, name)

    def and_die(*args: Any, **kwargs: Any) -> Any:
        result = plain(*args, **kwargs)
        if of is None or of(result, *args):
            die(point)
        return result

    setattr(module, name, and_die)


def _after_claim() -> None:
    """The run is ours, and nothing has been done."""
    from agents import leases, loop

    _after(leases, "claim", "claim", of=lambda run, *_: run is not None)
    loop.claim = leases.claim


def _after_intent() -> None:
    """It is written that the call will be made."""
    from agents import acting

    _after(acting, "_begin", "intent")


def _after_effect() -> None:
    """The call was made, and nobody knows yet."""
    from agents import acting

    _after(acting, "_call", "effect", of=lambda result, tool, *_: tool.effect == "outside")


def _before_receipt_commits() -> None:
    """The receipt is written, and not committed."""
    from agents import acting

    _after(acting, "save_receipt", "result")


def _after_commit() -> None:
    """The receipt is committed."""
    from agents import acting

    _after(acting, "_finish", "commit")
