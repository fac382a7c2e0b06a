"""Asking providers whose answer is no text: pictures, music, vectors.

The same owner of retries, breaker and ledger as `modules.completion`, for whatever a provider
of another kind does in one try.
"""

import asyncio
import inspect
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from accounts.models import Actor
from core import background
from modules import breakers, completion
from modules.completion import (
    MAX_TRIES,
    backoff,
    cost_of,
    endpoint_of,
    give_back_connection,
    milliseconds,
    refuse_open_transaction,
)
from modules.language import errors
from modules.language.base import Endpoint, ProviderError
from modules.language.cancel import Cancelled, CancelToken
from modules.language.types import Usage
from modules.models import AIModel, Call

T = TypeVar("T")
GRACE_S = 10.0


@dataclass(frozen=True)
class Made(Generic[T]):
    """What one call brought, the tokens that it used, and what it cost beyond them."""

    value: T
    usage: Usage = field(default_factory=lambda: Usage(0, 0))
    cost: int = 0


Attempt: TypeAlias = Callable[[Endpoint], Made[T] | Coroutine[Any, Any, Made[T]]]


def perform(
    *,
    model: AIModel,
    attempt: Attempt[T],
    actor: Actor | None = None,
    run_id: UUID | None = None,
    agent_id: UUID | None = None,
    task_id: UUID | None = None,
    cancel: CancelToken | None = None,
) -> Made[T]:
    """Call a provider and return what it made, with its cost in microdollars.

    At most three tries of what may pass, one row in the ledger. A coroutine runs on the
    background loop and is cut off as soon as `cancel` says so. Raises BreakerOpen,
    ProviderError and Cancelled, as `complete` does.
    """
    refuse_open_transaction()
    if not model.enabled:
        raise ProviderError(
            "switched_off", f"The model “{model.name}” is switched off.", transient=False
        )
    token = cancel or CancelToken()
    links = {"actor": actor, "run_id": run_id, "agent_id": agent_id, "task_id": task_id}
    state = _Tries(time.monotonic())
    try:
        made = _ask(model, attempt, token, state)
    except Cancelled:
        _enter(model, Call.Status.CANCELLED, "cancelled", state, links)
        raise
    except ProviderError as error:
        _enter(model, Call.Status.ERROR, error.code, state, links)
        raise
    cost = made.cost + cost_of(model, made.usage)
    _enter(model, Call.Status.OK, "", state, links, made.usage, cost)
    return Made(made.value, made.usage, cost)


@dataclass
class _Tries:
    started_at: float
    count: int = 0


def _ask(model: AIModel, attempt: Attempt[T], cancel: CancelToken, state: _Tries) -> Made[T]:
    endpoint = endpoint_of(model)
    key = breakers.key_of(model.provider, endpoint)
    while True:
        if cancel.cancelled:
            raise Cancelled
        admission = breakers.admit(key)
        state.count += 1
        give_back_connection()
        try:
            made = _once(attempt, endpoint, cancel)
        except ProviderError as error:
            if not error.transient:
                breakers.succeeded(key)
                raise
            breakers.failed(key)
            delay = backoff(state.count, error.retry_after)
            if admission == "probe" or state.count >= MAX_TRIES or delay is None:
                raise
        else:
            breakers.succeeded(key)
            return made
        if completion.pause(cancel, delay):
            raise Cancelled


def _once(attempt: Attempt[T], endpoint: Endpoint, cancel: CancelToken) -> Made[T]:
    begun = attempt(endpoint)
    if not inspect.iscoroutine(begun):
        assert isinstance(begun, Made)
        return begun
    future: Future[Made[T]] = background.submit(begun)
    inbox: SimpleQueue[str] = SimpleQueue()
    future.add_done_callback(lambda _: inbox.put("ended"))
    try:
        with cancel.listening(lambda: inbox.put("cancelled")):
            said = inbox.get(timeout=endpoint.timeout_s + GRACE_S)
        if said == "cancelled":
            raise Cancelled
        return future.result()
    except Empty:
        raise errors.timed_out("the call did not come back") from None
    except asyncio.CancelledError:
        raise Cancelled from None
    finally:
        future.cancel()  # a no-op for one that has ended


def _enter(
    model: AIModel,
    status: str,
    error_code: str,
    state: _Tries,
    links: dict[str, Any],
    usage: Usage | None = None,
    cost: int = 0,
) -> None:
    used = usage or Usage(0, 0)
    if not state.count:
        return
    Call.objects.create(
        workspace_id=model.workspace_id,
        model=model,
        model_name=model.name,
        status=status,
        error_code=error_code,
        attempts=state.count,
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        cost=cost,
        latency_ms=milliseconds(time.monotonic() - state.started_at),
        simulated=model.simulated,
        **links,
    )
