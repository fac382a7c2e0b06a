"""A breaker for each endpoint, shared by all processes through the database."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F

from core.clock import Now, db_now, from_now
from modules import breakers
from modules.actions import BreakerOpen, complete
from modules.language.base import Endpoint, ProviderError
from modules.language.types import Request
from modules.models import AIModel, Breaker, Call
from tests.modules.conftest import ScriptedProvider, reply

Install = Callable[..., ScriptedProvider]
DOWN = ProviderError("unreachable", "Gone.", transient=True)


def let_the_rest_pass() -> None:
    """As if half a minute had gone by."""
    Breaker.objects.update(retry_at=F("retry_at") - timedelta(seconds=31))


def trip(model: AIModel, question: Request) -> None:
    for _ in range(2):
        with pytest.raises((ProviderError, BreakerOpen)):
            complete(model=model, request=question)


def test_the_fifth_failure_in_a_row_opens_it(
    model: AIModel, question: Request, provider: Install, pauses: list[float]
) -> None:
    scripted = provider(DOWN)
    trip(model, question)
    assert scripted.calls == 5
    assert Breaker.objects.get().state == "open"


def test_while_it_is_open_nobody_calls_and_everybody_learns_when(
    model: AIModel, question: Request, provider: Install, pauses: list[float]
) -> None:
    scripted = provider(DOWN)
    trip(model, question)
    entries = Call.objects.count()
    for _ in range(20):
        with pytest.raises(BreakerOpen) as caught:
            complete(model=model, request=question)
        assert timedelta(0) < caught.value.retry_at - db_now() <= breakers.PROBE_EVERY
    assert scripted.calls == 5
    assert Call.objects.count() == entries


def test_a_failed_probe_is_one_call_and_leaves_it_open(
    model: AIModel, question: Request, provider: Install, pauses: list[float]
) -> None:
    scripted = provider(DOWN)
    trip(model, question)
    let_the_rest_pass()
    with pytest.raises(ProviderError):
        complete(model=model, request=question)
    with pytest.raises(BreakerOpen):
        complete(model=model, request=question)
    assert scripted.calls == 6


def test_a_probe_that_goes_well_closes_it(
    model: AIModel, question: Request, provider: Install, pauses: list[float]
) -> None:
    provider(*[DOWN] * 5, reply())
    trip(model, question)
    let_the_rest_pass()
    assert complete(model=model, request=question).text == "Done."
    breaker = Breaker.objects.get()
    assert (breaker.state, breaker.failures, breaker.retry_at) == ("closed", 0, None)


def test_a_refusal_shows_that_somebody_is_there(
    model: AIModel, question: Request, provider: Install, pauses: list[float]
) -> None:
    refusal = ProviderError("wrong_key", "No.", transient=False, status=401)
    provider(*[DOWN] * 5, refusal)
    trip(model, question)
    let_the_rest_pass()
    with pytest.raises(ProviderError):
        complete(model=model, request=question)
    assert Breaker.objects.get().state == "closed"


def test_a_success_in_between_begins_the_count_anew(
    model: AIModel, question: Request, provider: Install, pauses: list[float]
) -> None:
    provider(DOWN, DOWN, reply())
    for _ in range(3):
        complete(model=model, request=question)
    assert Breaker.objects.get().state == "closed"


def test_another_key_or_address_has_a_breaker_of_its_own() -> None:
    one = Endpoint("https://models.example/v1", "key-a", "m")
    assert breakers.key_of("openai", one) == breakers.key_of("openai", one)
    others = [
        Endpoint("https://models.example/v1", "key-b", "m"),
        Endpoint("https://models.example/v2", "key-a", "m"),
    ]
    keys = {breakers.key_of("openai", endpoint) for endpoint in (one, *others)}
    assert len(keys) == 3
    assert not any("key-a" in key for key in keys)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_one_may_probe() -> None:
    key = "openai models.example 0"
    Breaker.objects.create(
        key=key, state="open", failures=5, opened_at=Now(), retry_at=from_now(-timedelta(seconds=1))
    )
    admitted: list[str] = []
    start = threading.Barrier(12)

    def knock() -> None:
        start.wait()
        try:
            admitted.append(breakers.admit(key))
        except BreakerOpen:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=knock) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert admitted == ["probe"]
