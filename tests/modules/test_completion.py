"""One owner of retries, of the ledger and of what a call may hold while it waits."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from accounts.models import Membership
from modules.actions import Cancelled, CancelToken, complete, cost_of, estimate
from modules.completion import LONGEST_WAIT_S, backoff
from modules.language.base import ProviderError
from modules.language.types import (
    Event,
    Finished,
    Message,
    Request,
    Restarted,
    TextDelta,
    Usage,
)
from modules.models import AIModel, Breaker, Call
from tests.modules.conftest import ScriptedProvider, reply

Install = Callable[..., ScriptedProvider]


def passing(code: str = "overloaded", retry_after: float | None = None) -> ProviderError:
    return ProviderError(code, "Not now.", transient=True, status=529, retry_after=retry_after)


def lasting() -> ProviderError:
    return ProviderError("wrong_key", "No.", transient=False, status=401)


def test_an_answer_is_entered_in_the_ledger(
    model: AIModel, question: Request, provider: Install, alice: Membership
) -> None:
    provider(reply(usage=Usage(1_000, 100)))
    assert complete(model=model, request=question, actor=alice.actor).text == "Done."
    call = Call.objects.get()
    assert (call.status, call.attempts, call.error_code) == ("ok", 1, "")
    assert (call.input_tokens, call.output_tokens) == (1_000, 100)
    assert call.cost == 3_000  # 2 $ and 10 $ a million tokens
    assert (call.model, call.model_name, call.actor) == (model, "Test model", alice.actor)
    assert call.first_token_ms is not None
    assert not call.simulated


def test_what_may_pass_is_tried_three_times(
    model: AIModel, question: Request, provider: Install, pauses: list[float]
) -> None:
    scripted = provider(passing())
    with pytest.raises(ProviderError) as caught:
        complete(model=model, request=question)
    assert caught.value.transient
    assert scripted.calls == 3
    assert len(pauses) == 2
    assert 0.5 <= pauses[0] <= 1.0 <= pauses[1] <= 2.0
    call = Call.objects.get()
    assert (call.status, call.attempts, call.error_code) == ("error", 3, "overloaded")


def test_what_will_not_pass_is_tried_once(
    model: AIModel, question: Request, provider: Install, pauses: list[float]
) -> None:
    scripted = provider(lasting())
    with pytest.raises(ProviderError):
        complete(model=model, request=question)
    assert scripted.calls == 1
    assert not pauses
    assert Call.objects.get().error_code == "wrong_key"


def test_the_servers_wish_to_wait_is_kept(
    model: AIModel, question: Request, provider: Install, pauses: list[float]
) -> None:
    provider(passing(retry_after=7), reply())
    assert complete(model=model, request=question).text == "Done."
    assert 7 <= pauses[0] <= 9


def test_nobody_waits_long_in_a_call(
    model: AIModel, question: Request, provider: Install, pauses: list[float]
) -> None:
    scripted = provider(passing(retry_after=LONGEST_WAIT_S * 4), reply())
    with pytest.raises(ProviderError) as caught:
        complete(model=model, request=question)
    assert caught.value.retry_after == LONGEST_WAIT_S * 4
    assert scripted.calls == 1
    assert not pauses


def test_chance_keeps_the_failed_from_coming_back_together() -> None:
    waits = {backoff(1, None) for _ in range(20)}
    assert len(waits) > 10


def test_a_stream_that_broke_is_declared_void_before_the_next(
    model: AIModel, question: Request, provider: Install, pauses: list[float]
) -> None:
    provider(["Half a", passing("half_stream")], ["Whole ", "answer", reply("Whole answer")])
    heard: list[Event] = []
    complete(model=model, request=question, on_event=heard.append)
    assert heard[:3] == [TextDelta("Half a"), Restarted(), TextDelta("Whole ")]
    assert isinstance(heard[-1], Finished)


def test_what_broken_tries_have_cost_is_counted(
    model: AIModel, question: Request, provider: Install, pauses: list[float]
) -> None:
    broken = ProviderError("half_stream", "Broke.", transient=True, usage=Usage(1_000, 50))
    provider(["Half", broken], reply(usage=Usage(1_000, 100)))
    answer = complete(model=model, request=question)
    assert answer.usage == Usage(2_000, 150)
    call = Call.objects.get()
    assert (call.input_tokens, call.output_tokens) == (2_000, 150)
    assert call.cost == cost_of(model, answer.usage)


def test_events_are_heard_in_the_callers_own_thread(
    model: AIModel, question: Request, provider: Install
) -> None:
    provider(["Word", reply()])
    threads: set[int] = set()
    complete(model=model, request=question, on_event=lambda _: threads.add(threading.get_ident()))
    assert threads == {threading.get_ident()}


def test_a_call_cancelled_beforehand_is_not_made(
    model: AIModel, question: Request, provider: Install
) -> None:
    scripted = provider(reply())
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        complete(model=model, request=question, cancel=cancel)
    assert scripted.calls == 0
    assert Call.objects.get().status == "cancelled"


def test_a_cancelled_pause_ends_the_call(
    model: AIModel, question: Request, provider: Install, pauses: list[float]
) -> None:
    cancel = CancelToken()
    error = passing()
    scripted = provider(["Word", error])
    with pytest.raises(Cancelled):
        complete(model=model, request=question, cancel=cancel, on_event=lambda _: cancel.cancel())
    assert scripted.calls == 1
    call = Call.objects.get()
    assert call.status == "cancelled"
    assert call.input_tokens > 0


def test_a_model_that_is_switched_off_is_not_asked(
    model: AIModel, question: Request, provider: Install
) -> None:
    scripted = provider(reply())
    model.enabled = False
    with pytest.raises(ProviderError) as caught:
        complete(model=model, request=question)
    assert (caught.value.code, scripted.calls) == ("switched_off", 0)


def test_no_model_is_called_inside_a_transaction(
    model: AIModel, question: Request, provider: Install
) -> None:
    scripted = provider(reply())
    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"):
        complete(model=model, request=question)
    assert scripted.calls == 0


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_while_the_model_thinks(
    model: AIModel, question: Request, provider: Install
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite's connection is a file and stays open")
    held: list[bool] = []
    provider(["Word", reply()])
    complete(
        model=model, request=question, on_event=lambda _: held.append(connection.connection is None)
    )
    assert held[0]


def test_the_estimate_is_above_what_a_call_costs(model: AIModel) -> None:
    request = Request("s" * 300, (Message.user("u" * 600),), max_tokens=500)
    tokens, cost = estimate(model, request)
    assert tokens == 300 + 16 + 500
    assert cost == cost_of(model, Usage(316, 500))


def test_no_more_is_asked_for_than_the_model_can_give(model: AIModel) -> None:
    model.max_output_tokens = 100
    tokens, _ = estimate(model, Request("", (Message.user(""),), max_tokens=9_000))
    assert tokens == 16 + 100


def test_cached_input_may_have_its_own_price(model: AIModel) -> None:
    usage = Usage(1_000_000, 0, cached_input_tokens=500_000)
    assert cost_of(model, usage) == 2_000_000
    model.options = {"cached_input_price": 200_000}
    assert cost_of(model, usage) == 1_100_000


def test_a_fraction_of_a_microdollar_counts_as_one(model: AIModel) -> None:
    model.input_price, model.output_price = 1, 0
    assert cost_of(model, Usage(1, 0)) == 1


def test_a_listener_that_fails_ends_the_call(
    model: AIModel, question: Request, provider: Install
) -> None:
    provider(["Word", reply()])

    def fail(event: Event) -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError):
        complete(model=model, request=question, on_event=fail)


def test_an_answer_leaves_no_trace_at_a_closed_breaker(
    model: AIModel, question: Request, provider: Install
) -> None:
    provider(reply())
    complete(model=model, request=question)
    assert not Breaker.objects.exists()


def test_the_simulated_model_answers_through_the_same_door(
    workspace: object, question: Request
) -> None:
    simulated = AIModel.objects.get(provider="simulated")
    simulated.options = {"latency_ms": 0}
    heard: list[Event] = []
    answer = complete(model=simulated, request=question, on_event=heard.append)
    assert "simulated" in answer.text
    assert "".join(e.text for e in heard if isinstance(e, TextDelta)) == answer.text
    call = Call.objects.get()
    assert (call.simulated, call.cost, call.status) == (True, 0, "ok")
    assert call.input_tokens > 0


def test_a_failing_simulated_model_fails_the_same_way_each_time(
    workspace: object, question: Request, pauses: list[float]
) -> None:
    simulated = AIModel.objects.get(provider="simulated")
    simulated.options = {"latency_ms": 0, "failure_rate": 1.0}
    with pytest.raises(ProviderError) as caught:
        complete(model=simulated, request=question)
    assert caught.value.code == "overloaded"
    assert Call.objects.get().attempts == 3


def test_a_request_beyond_the_context_window_is_refused_by_the_simulated_model(
    workspace: object,
) -> None:
    simulated = AIModel.objects.get(provider="simulated")
    simulated.context_window = 1_000
    with pytest.raises(ProviderError) as caught:
        complete(model=simulated, request=Request("x" * 9_000, (Message.user("?"),)))
    assert (caught.value.code, caught.value.transient) == ("context_too_long", False)
