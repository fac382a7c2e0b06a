"""Asking a model: the one owner of retries, of the breaker, and of the ledger."""

import math
import random
import time
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.models import Actor
from modules import breakers, credentials
from modules.calling import Listener, Try
from modules.language import reckoning
from modules.language.base import Endpoint, ProviderError
from modules.language.cancel import Cancelled, CancelToken
from modules.language.registry import get_provider
from modules.language.types import Event, Reply, Request, Restarted, Usage
from modules.models import AIModel, Call

MAX_TRIES = 3
BACKOFF_S = 1.0
# A server that asks to wait longer than this is not waited for: the caller comes back later.
LONGEST_WAIT_S = 30.0


def complete(
    *,
    model: AIModel,
    request: Request,
    actor: Actor | None = None,
    run_id: UUID | None = None,
    agent_id: UUID | None = None,
    task_id: UUID | None = None,
    on_event: Listener | None = None,
    cancel: CancelToken | None = None,
) -> Reply:
    """Ask `model` and return its whole answer; for synchronous callers, outside transactions.

    Makes at most three calls: 408, 409, 429, 5xx, connection errors, time-outs and broken
    answers are tried again with jitter and the server's Retry-After, any other 4xx is not.
    `on_event` hears the stream in the caller's thread; a `Restarted` voids what came before.
    Writes one ledger row, whatever happens, unless no call was made.

    The reply's usage adds up all tries. Raises BreakerOpen (a call would be in vain until
    `retry_at`), ProviderError (`transient` says whether to come back later; its `usage` what
    was spent), Cancelled (from another thread, at once).
    """
    refuse_open_transaction()
    if not model.enabled:
        raise ProviderError(
            "switched_off", f"The model “{model.name}” is switched off.", transient=False
        )
    request = fitted(model, request)
    question = _Question(model, request, on_event, cancel or CancelToken())
    links = {"actor": actor, "run_id": run_id, "agent_id": agent_id, "task_id": task_id}
    try:
        reply = question.ask()
    except Cancelled as cancelled:
        question.used += cancelled.usage
        cancelled.usage = question.used
        question.enter(Call.Status.CANCELLED, "cancelled", links)
        raise
    except ProviderError as error:
        error.usage = question.used
        question.enter(Call.Status.ERROR, error.code, links)
        raise
    except breakers.BreakerOpen:
        if question.tries:
            question.enter(Call.Status.ERROR, question.last_error, links)
        raise
    question.enter(Call.Status.OK, "", links)
    return replace(reply, usage=question.used)


def probe(*, model: AIModel, request: Request, actor: Actor | None = None) -> Reply:
    """Ask once, past the breaker: a person wants to know now. Written to the ledger."""
    refuse_open_transaction()
    question = _Question(model, request, None, CancelToken())
    try:
        reply = question.ask_once()
    except ProviderError as error:
        question.enter(Call.Status.ERROR, error.code, {"actor": actor})
        raise
    question.enter(Call.Status.OK, "", {"actor": actor})
    return reply


def estimate(model: AIModel, request: Request) -> tuple[int, int]:
    """Upper bound of one call as (tokens, microdollars), to reserve budgets with.

    Tokens = characters of the input / 3 + 8 for each message and tool + max_tokens: text
    seldom has fewer than three characters a token. What a broken try has cost on top is in
    the usage of the reply or the error.
    """
    request = fitted(model, request)
    read = reckoning.input_tokens(request, characters_per_token=reckoning.CAUTIOUS)
    usage = Usage(read, request.max_tokens)
    return read + request.max_tokens, cost_of(model, usage)


def cost_of(model: AIModel, usage: Usage) -> int:
    """Microdollars, rounded up. Cached input counts as input unless the model's option
    `cached_input_price` (microdollars per million tokens) says otherwise."""
    cached_price = int(model.options.get("cached_input_price", model.input_price))
    fresh = usage.input_tokens - usage.cached_input_tokens
    total = (
        fresh * model.input_price
        + usage.cached_input_tokens * cached_price
        + usage.output_tokens * model.output_price
    )
    return math.ceil(total / 1_000_000)


def fitted(model: AIModel, request: Request) -> Request:
    """The request with no more output allowed than the model can give."""
    return replace(request, max_tokens=min(request.max_tokens, model.max_output_tokens))


def endpoint_of(model: AIModel) -> Endpoint:
    """Where and how to reach `model`. Raises ProviderError when its key cannot be read."""
    try:
        key = credentials.decrypt(model.credentials)
    except credentials.Unreadable:
        raise ProviderError(
            "key_unreadable",
            "The stored key was encrypted under another secret; enter it again.",
            transient=False,
        ) from None
    options: dict[str, Any] = dict(model.options)
    if model.simulated:
        options |= {"context_window": model.context_window, "breaker": str(model.pk)}
    return Endpoint(model.base_url, key, model.model_id, float(model.timeout_s), options)


@dataclass
class _Question:
    """One question with all its tries, and what they have used."""

    model: AIModel
    request: Request
    on_event: Listener | None
    cancel: CancelToken
    used: Usage = field(default_factory=lambda: Usage(0, 0))
    tries: int = 0
    last_error: str = ""
    first_token_at: float | None = None
    started_at: float = field(default_factory=time.monotonic)

    def ask(self) -> Reply:
        provider, endpoint = get_provider(self.model.provider), endpoint_of(self.model)
        key = breakers.key_of(self.model.provider, endpoint)
        while True:
            if self.cancel.cancelled:
                raise Cancelled
            admission = breakers.admit(key)
            streamed = False
            try:
                attempt = Try(provider, self.request, endpoint)
                reply = self._try(attempt)
            except ProviderError as error:
                streamed = attempt.streamed
                if not error.transient:
                    breakers.succeeded(key)  # it answers, if only to say no
                    raise
                breakers.failed(key)
                delay = backoff(self.tries, error.retry_after)
                if admission == "probe" or self.tries >= MAX_TRIES or delay is None:
                    raise
            else:
                breakers.succeeded(key)
                return reply
            give_back_connection()
            if pause(self.cancel, delay):
                raise Cancelled
            if streamed:
                self._tell(Restarted())

    def ask_once(self) -> Reply:
        provider, endpoint = get_provider(self.model.provider), endpoint_of(self.model)
        key = breakers.key_of(self.model.provider, endpoint)
        endpoint = replace(endpoint, timeout_s=min(endpoint.timeout_s, 30.0))
        reply = self._try(Try(provider, self.request, endpoint))
        breakers.succeeded(key)
        return reply

    def _try(self, attempt: Try) -> Reply:
        self.tries += 1
        give_back_connection()
        try:
            reply = attempt.run(self.on_event, self.cancel)
        except ProviderError as error:
            self.last_error = error.code
            self.used += error.usage or Usage(0, 0)
            raise
        finally:
            if self.first_token_at is None:
                self.first_token_at = attempt.first_token_at
        self.used += reply.usage
        return reply

    def _tell(self, event: Event) -> None:
        if self.on_event:
            self.on_event(event)

    def enter(self, status: str, error_code: str, links: dict[str, Any]) -> Call:
        """The ledger's row."""
        first = self.first_token_at
        return Call.objects.create(
            workspace_id=self.model.workspace_id,
            model=self.model,
            model_name=self.model.name,
            status=status,
            error_code=error_code,
            attempts=self.tries,
            input_tokens=self.used.input_tokens,
            output_tokens=self.used.output_tokens,
            cost=cost_of(self.model, self.used),
            latency_ms=milliseconds(time.monotonic() - self.started_at),
            first_token_ms=None if first is None else milliseconds(first - self.started_at),
            simulated=self.model.simulated,
            **links,
        )


def backoff(tries: int, retry_after: float | None) -> float | None:
    """Seconds to wait after the n-th failed try; None when that is too long to wait for.

    Doubles from one second, half of it by chance, so that many who failed together do not
    come back together. The server's own wish is a lower bound, with chance on top.
    """
    wait = BACKOFF_S * 2 ** (tries - 1) * random.uniform(0.5, 1.0)
    if retry_after is not None:
        wait = retry_after + random.uniform(0.0, min(wait, 0.2 * retry_after + 0.1))
    return wait if wait <= LONGEST_WAIT_S else None


def pause(cancel: CancelToken, seconds: float) -> bool:
    """Wait between two tries; True when cancelled meanwhile."""
    return cancel.wait(seconds)


def milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def refuse_open_transaction() -> None:
    """A model may think for minutes; no lock may be held so long. A test's own block is fine."""
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise RuntimeError("a model was called inside a transaction")


def give_back_connection() -> None:
    """Hold no server connection while waiting: with a pool this returns it, else closes it.

    SQLite's connection is a file and stays open; inside a test's transaction so does any.
    """
    if connection.vendor != "sqlite" and not connection.in_atomic_block:
        connection.close()
