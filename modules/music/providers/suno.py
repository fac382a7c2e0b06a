"""The provider `suno`: servers that take an order, work on it, and are asked how far it is."""

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from core import background
from modules.asking import Made
from modules.breakers import BreakerOpen
from modules.completion import endpoint_of
from modules.language import errors
from modules.language.base import Endpoint, ProviderError
from modules.language.cancel import Cancelled
from modules.models.music import Order
from modules.music import orders
from modules.music.mapping import Mapping, fill, mapping_of, path, pick
from modules.music.providers import Piece, Wish
from modules.music.sizes import most_bytes
from modules.music.wire import download, send
from modules.running.context import JobContext

# So many looks in a row that fail, and the job is left to another attempt.
MOST_FAILURES = 5
LOOK_FOR_CALLS_S = 1.0


@dataclass(frozen=True)
class State:
    """How far an order is."""

    status: str
    audio: str
    title: str


def make(job: JobContext, wish: Wish) -> Piece:
    """Order it, unless an attempt before has; ask until it is done; fetch it."""
    mapping = mapping_of(job.model.options)
    ref = _ordered(job, wish, mapping)
    state = _await(job, ref, mapping)
    job.progress(0.9, "Fetching the piece")
    content = download(endpoint_of(job.model), state.audio, most=most_bytes())
    return Piece(content, meta={"title": state.title} if state.title else {})


def _ordered(job: JobContext, wish: Wish, mapping: Mapping) -> str:
    known = orders.begun(job.job)
    if known is not None and known.ref:
        return known.ref
    if known is not None and not mapping.idempotent:
        raise orders.unconfirmed()
    job.progress(0.05, f"Ordering from {job.model.name}")
    orders.intend(job.job)
    try:
        ref = job.call(lambda endpoint: _submit(job, wish, mapping, endpoint))
    except BreakerOpen:
        orders.withdraw(job.job)
        raise
    except ProviderError as error:
        if error.code != "unknown_outcome":
            orders.withdraw(job.job)
        raise
    orders.place(job.job, ref)
    return ref


async def _submit(job: JobContext, wish: Wish, mapping: Mapping, endpoint: Endpoint) -> Made[str]:
    values = {
        "prompt": wish.prompt,
        "title": wish.title,
        "seconds": wish.seconds,
        "instrumental": wish.instrumental,
        "model": endpoint.model,
        "voice": wish.voice or mapping.voice,
        "callback": settings.SITE_URL + orders.callback_path(job.job),
    }
    answer = await send(
        endpoint,
        "POST",
        endpoint.base_url + path(mapping.submit_path, values),
        headers={**_key(mapping, endpoint), "Idempotency-Key": str(job.job.pk)},
        body=fill(mapping.submit_body, values),
        once=not mapping.idempotent,
    )
    ref = pick(answer.json(), mapping.ref)
    if not isinstance(ref, str | int) or not str(ref) or len(str(ref)) > 300:
        # It has been taken, as it seems; under which id, nobody can tell.
        raise ProviderError(
            "unknown_outcome",
            f"The provider's answer has no id at “{mapping.ref}”. Mend the mapping of the model.",
            transient=False,
        )
    return Made(str(ref), cost=int(job.model.options.get("unit_price", 0)))


def _await(job: JobContext, ref: str, mapping: Mapping) -> State:
    began, failures = time.monotonic(), 0
    while True:
        job.progress(_share(began, mapping), "The provider works on it")
        try:
            state = background.submit(_poll(ref, mapping, endpoint_of(job.model))).result()
        except ProviderError as error:
            failures += 1
            if not error.transient or failures >= MOST_FAILURES:
                raise
        else:
            failures = 0
            if state.status in mapping.done and state.audio:
                return state
            if state.status in mapping.failed:
                words = errors.clean(state.title) or "It did not say why"
                raise ProviderError(
                    "provider_failed", f"The provider gave up: {words}.", transient=False
                )
        if time.monotonic() - began > mapping.patience_s:
            raise errors.timed_out(f"the piece was not done after {mapping.patience_s:g} s")
        _rest(job, mapping.poll_every_s)


async def _poll(ref: str, mapping: Mapping, endpoint: Endpoint) -> State:
    url = endpoint.base_url + path(mapping.poll_path, {"id": ref, "model": endpoint.model})
    answer = (await send(endpoint, "GET", url, headers=_key(mapping, endpoint))).json()
    status = str(pick(answer, mapping.status) or "").lower()
    audio, title = pick(answer, mapping.audio), pick(answer, mapping.title)
    if status in mapping.failed:
        title = pick(answer, mapping.error)
    return State(status, _text(audio, 2_000), _text(title, 120))


def _rest(job: JobContext, seconds: float) -> None:
    """Wait for the next look; a call-back from the provider ends the wait."""
    until = time.monotonic() + seconds
    before = _called_at(job)
    while (left := until - time.monotonic()) > 0:
        if job.cancel.wait(min(left, LOOK_FOR_CALLS_S)):
            raise Cancelled
        if _called_at(job) != before:
            return


def _called_at(job: JobContext) -> Any:
    return Order.objects.filter(job=job.job).values_list("called_at", flat=True).first()


def _share(began: float, mapping: Mapping) -> float:
    """Nobody knows how far it is; it comes ever nearer to the end."""
    waited = time.monotonic() - began
    return 0.1 + 0.75 * waited / (waited + 60)


def _text(value: Any, most: int) -> str:
    return " ".join(value.split())[:most] if isinstance(value, str) else ""


def _key(mapping: Mapping, endpoint: Endpoint) -> dict[str, str]:
    key = endpoint.api_key
    return {mapping.header: f"{mapping.scheme} {key}".strip()} if key else {}
