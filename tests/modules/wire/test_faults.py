"""What goes wrong on the wire, for both SDKs: how often it is called, and what comes of it."""

import json
import time

import pytest

from modules import completion
from modules.actions import BreakerOpen, Cancelled, CancelToken, complete
from modules.language.base import Endpoint, ProviderError
from modules.language.registry import get_provider
from modules.language.types import Event, Restarted, TextDelta
from modules.models import AIModel, Call
from tests.modules.wire.conftest import Dialect, Serve, ask, at, collect, whole
from tests.modules.wire.servers import (
    CUT,
    HANG,
    Aimock,
    Answer,
    anthropic_stream,
    anthropic_text,
    failure,
    openai_stream,
)
from tests.ports import silent_port

pytestmark = pytest.mark.wire


@pytest.fixture(autouse=True, scope="module")
def _sdks_are_loaded() -> None:
    """Else the first call here would be as slow as the import of its SDK."""
    for name in ("openai", "anthropic"):
        get_provider(name)


def half(dialect: Dialect) -> str:
    if dialect.provider == "openai":
        return openai_stream({"content": "Half of"}, finish=None, done=False)
    return anthropic_text("Half of", stop=None)


def error_in_stream(dialect: Dialect, kind: str) -> str:
    error = {"type": "error", "error": {"type": kind, "message": "Something went wrong"}}
    if dialect.provider == "openai":
        return f"data: {json.dumps(error)}\n\n"
    return anthropic_stream(error)


def fails(model: AIModel) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        complete(model=model, request=ask("What now?"))
    return caught.value


# --- statuses ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"), [("always fail", "server_error"), ("be overloaded", "overloaded")]
)
def test_500_and_529_are_tried_three_times(
    aimock: Aimock, dialect: Dialect, model: AIModel, pauses: list[float], words: str, code: str
) -> None:
    before = aimock.calls(words)
    with pytest.raises(ProviderError) as caught:
        complete(model=at(model, dialect, aimock.url), request=ask(words))
    assert (caught.value.code, caught.value.transient) == (code, True)
    assert aimock.calls(words) - before == 3


def test_429_waits_as_long_as_the_server_asks(
    serve: Serve, dialect: Dialect, model: AIModel, pauses: list[float]
) -> None:
    server = serve(failure(429, "Slow down", retry_after="3"), whole(dialect))
    answer = complete(model=at(model, dialect, server.url), request=ask("What now?"))
    assert answer.text == "All is well."
    assert server.calls == 2
    assert 3.0 <= pauses[0] <= 4.0


def test_429_of_aimock_carries_its_retry_after(
    aimock: Aimock, dialect: Dialect, model: AIModel, pauses: list[float]
) -> None:
    model, words = at(model, dialect, aimock.url), f"slow down once, {dialect.provider}"
    assert complete(model=model, request=ask(words)).text == "Now I may."
    assert aimock.calls(words) == 2
    assert 2.0 <= pauses[0] <= 3.0


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_tried_again_by_us_alone(
    serve: Serve, dialect: Dialect, model: AIModel, pauses: list[float], status: int
) -> None:
    server = serve(failure(status))
    assert fails(at(model, dialect, server.url)).transient
    assert server.calls == 3
    assert Call.objects.get().attempts == 3


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "bad_request"),
        (401, "wrong_key"),
        (402, "out_of_credit"),
        (403, "forbidden"),
        (404, "unknown_model"),
        (413, "context_too_long"),
        (422, "bad_request"),
    ],
)
def test_any_other_4xx_is_one_call(
    serve: Serve, dialect: Dialect, model: AIModel, pauses: list[float], status: int, code: str
) -> None:
    server = serve(failure(status, "Key sk-canary-key-123456 is not good"))
    error = fails(at(model, dialect, server.url))
    assert (error.code, error.transient, error.status) == (code, False, status)
    assert server.calls == 1
    assert "canary" not in str(error)


def test_a_used_up_account_is_one_call_though_it_says_429(
    serve: Serve, dialect: Dialect, model: AIModel, pauses: list[float]
) -> None:
    kind = "insufficient_quota" if dialect.provider == "openai" else "billing_error"
    server = serve(failure(429, "No credit", kind=kind))
    assert fails(at(model, dialect, server.url)).code == "out_of_credit"
    assert server.calls == 1


def test_a_redirect_is_not_followed(
    serve: Serve, dialect: Dialect, model: AIModel, pauses: list[float]
) -> None:
    elsewhere = serve(whole(dialect))
    server = serve(Answer([], status=307, headers={"location": elsewhere.url}))
    assert fails(at(model, dialect, server.url)).code == "redirected"
    assert (server.calls, elsewhere.calls) == (1, 0)


# --- streams ----------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["closed", "cut"])
def test_a_half_stream_is_never_an_answer(
    serve: Serve, dialect: Dialect, model: AIModel, pauses: list[float], end: str
) -> None:
    pieces = [half(dialect)] if end == "closed" else [half(dialect), CUT]
    server = serve(Answer(pieces))
    error = fails(at(model, dialect, server.url))
    assert (error.code, error.transient) == ("half_stream", True)
    assert server.calls == 3
    assert error.usage is not None
    assert error.usage.input_tokens > 0


def test_after_a_half_stream_the_whole_one_counts(
    serve: Serve, dialect: Dialect, model: AIModel, pauses: list[float]
) -> None:
    server = serve(Answer([half(dialect), CUT]), whole(dialect))
    heard: list[Event] = []
    answer = complete(
        model=at(model, dialect, server.url), request=ask("What now?"), on_event=heard.append
    )
    assert answer.text == "All is well."
    assert heard.index(TextDelta("Half of")) < heard.index(Restarted())


@pytest.mark.parametrize("kind", ["overloaded_error", "api_error", "rate_limit_error"])
def test_an_error_inside_a_200_is_an_error(
    serve: Serve, dialect: Dialect, model: AIModel, pauses: list[float], kind: str
) -> None:
    server = serve(Answer([half(dialect), error_in_stream(dialect, kind)]))
    error = fails(at(model, dialect, server.url))
    assert (error.transient, error.status) == (True, 200)
    assert error.code in ("overloaded", "server_error", "rate_limited")
    assert server.calls == 3


def test_an_error_inside_a_200_may_be_for_good(
    serve: Serve, dialect: Dialect, model: AIModel, pauses: list[float]
) -> None:
    server = serve(Answer([error_in_stream(dialect, "invalid_request_error")]))
    assert fails(at(model, dialect, server.url)).code == "bad_request"
    assert server.calls == 1


def test_an_error_as_plain_json_in_a_200_is_an_error(
    serve: Serve, dialect: Dialect, model: AIModel, pauses: list[float]
) -> None:
    body = json.dumps({"error": {"message": "upstream is gone", "code": 502}})
    server = serve(Answer([body], content_type="application/json"))
    error = fails(at(model, dialect, server.url))
    assert (error.code, error.transient) == ("server_error", True)
    assert "upstream is gone" in str(error)
    assert server.calls == 3


@pytest.mark.parametrize(
    ("pieces", "content_type"),
    [
        (["data: {not json\n\n", "event: message_start\ndata: {not json\n\n"], "text/event-stream"),
        (['event: message_start\ndata: [1, 2]\n\ndata: "words"\n\n'], "text/event-stream"),
        (["event: x\ndata: null\n\nevent: message_delta\ndata: 7\n\n"], "text/event-stream"),
        (["\x00\x01\x02 nothing at all"], "text/event-stream"),
        (["<html><body>Welcome to our router</body></html>"], "text/html"),
        (["[]"], "application/json"),
        ([""], "text/event-stream"),
    ],
)
def test_garbage_is_never_an_answer(
    serve: Serve,
    dialect: Dialect,
    model: AIModel,
    pauses: list[float],
    pieces: list[str],
    content_type: str,
) -> None:
    server = serve(Answer([piece for piece in pieces if piece], content_type=content_type))
    error = fails(at(model, dialect, server.url))
    assert error.code in ("garbage", "half_stream")
    assert server.calls == 3


def test_an_empty_answer_is_no_answer(
    serve: Serve, dialect: Dialect, model: AIModel, pauses: list[float]
) -> None:
    server = serve(whole(dialect, " "))
    assert fails(at(model, dialect, server.url)).code == "empty"
    assert server.calls == 3


def test_tokens_spent_on_silence_are_not_spent_again(
    serve: Serve, dialect: Dialect, model: AIModel, pauses: list[float]
) -> None:
    if dialect.provider == "openai":
        server = serve(Answer([openai_stream({"content": ""}, finish="length")]))
    else:
        server = serve(Answer([anthropic_text("", stop="max_tokens")]))
    assert fails(at(model, dialect, server.url)).code == "no_room"
    assert server.calls == 1


# --- silence ----------------------------------------------------------------------------


async def test_a_server_that_never_answers_is_left(serve: Serve, dialect: Dialect) -> None:
    server = serve(Answer([HANG]))
    with pytest.raises(ProviderError) as caught:
        await collect(
            get_provider(dialect.provider),
            ask("What now?"),
            dialect.endpoint(server.url, timeout_s=0.3),
        )
    assert caught.value.code == "timeout"


async def test_a_stream_that_falls_silent_is_left(serve: Serve, dialect: Dialect) -> None:
    server = serve(Answer([half(dialect), HANG]))
    began = time.monotonic()
    with pytest.raises(ProviderError) as caught:
        await collect(
            get_provider(dialect.provider),
            ask("What now?"),
            dialect.endpoint(server.url, timeout_s=20, chunk_timeout_s=1),
        )
    assert caught.value.code == "timeout"
    assert caught.value.usage is not None
    assert time.monotonic() - began < 10


def test_a_hang_is_tried_three_times_at_most(
    serve: Serve, dialect: Dialect, model: AIModel, pauses: list[float]
) -> None:
    server = serve(Answer([half(dialect), HANG]))
    error = fails(at(model, dialect, server.url, chunk_timeout_s=0.1))
    assert (error.code, error.transient) == ("timeout", True)
    assert server.calls == 3


def test_a_stream_that_drips_for_ever_ends_with_the_time_allowed(
    serve: Serve, dialect: Dialect, model: AIModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(Answer([half(dialect), HANG]))
    model = at(model, dialect, server.url)
    model.timeout_s = 0.3
    monkeypatch.setattr(completion, "MAX_TRIES", 1)
    error = fails(model)
    assert error.code == "timeout"


def test_a_hanging_call_is_cancelled_at_once(
    serve: Serve, dialect: Dialect, model: AIModel
) -> None:
    server, cancel = serve(Answer([HANG])), CancelToken()
    server.on_request = cancel.cancel
    began = time.monotonic()
    with pytest.raises(Cancelled):
        complete(model=at(model, dialect, server.url), request=ask("What now?"), cancel=cancel)
    assert time.monotonic() - began < 10
    call = Call.objects.get()
    assert (call.status, call.attempts) == ("cancelled", 1)


def test_nobody_home_is_told_and_tried_three_times(
    dialect: Dialect, model: AIModel, pauses: list[float]
) -> None:
    error = fails(at(model, dialect, f"http://127.0.0.1:{silent_port()}"))
    assert (error.code, error.transient) == ("unreachable", True)
    assert len(pauses) == 2


# --- the breaker, and where one may connect to ------------------------------------------


def test_five_failures_open_the_breaker_and_then_nobody_calls(
    serve: Serve, dialect: Dialect, model: AIModel, pauses: list[float]
) -> None:
    server = serve(failure(500))
    model = at(model, dialect, server.url)
    for _ in range(200):
        with pytest.raises((ProviderError, BreakerOpen)):
            complete(model=model, request=ask("What now?"))
    assert server.calls == 5


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254",
        "http://[fe80::1]",
        "http://[::ffff:169.254.169.254]",
        "http://2852039166",
        "http://0xa9fea9fe",
        "http://0251.0376.0251.0376",
        "http://0.0.0.0",
        "http://[64:ff9b::a9fe:a9fe]",
    ],
)
async def test_metadata_addresses_are_never_connected_to(dialect: Dialect, address: str) -> None:
    endpoint = Endpoint(f"{address}/v1", "key", "m", 2.0)
    with pytest.raises(ProviderError) as caught:
        await collect(get_provider(dialect.provider), ask("What now?"), endpoint)
    assert caught.value.code in ("address_refused", "bad_address")
    assert not caught.value.transient
