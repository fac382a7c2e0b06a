"""Servers differ: what they may leave out, and what goes out to them."""

import json

import pytest

from modules.actions import complete
from modules.models import AIModel
from tests.modules.wire.conftest import Dialect, Serve, ask, at, whole
from tests.modules.wire.servers import CUT, Answer, anthropic_text, openai_stream

pytestmark = pytest.mark.wire


def test_a_server_may_send_no_usage_no_ids_and_no_index(serve: Serve, model: AIModel) -> None:
    calls = [
        {"function": {"name": "create_task", "arguments": '{"title": "A"}'}},
        {"function": {"name": "create_task", "arguments": '{"title": "B"}'}},
    ]
    server = serve(Answer([openai_stream({"content": None, "tool_calls": calls}, finish="stop")]))
    answer = complete(
        model=at(model, Dialect("openai", "/v1"), server.url), request=ask("What now?")
    )
    assert [call.arguments["title"] for call in answer.tool_calls] == ["A", "B"]
    assert len({call.id for call in answer.tool_calls}) == 2
    assert answer.stop == "tool_calls"
    assert answer.usage.estimated
    assert answer.usage.input_tokens > 0


def test_calls_that_are_all_numbered_zero_are_told_apart(serve: Serve, model: AIModel) -> None:
    calls = [
        {"index": 0, "id": f"id-{n}", "function": {"name": "create_task", "arguments": "{}"}}
        for n in range(3)
    ]
    deltas = [{"tool_calls": [call]} for call in calls]
    server = serve(Answer([openai_stream(*deltas, finish="tool_calls")]))
    answer = complete(
        model=at(model, Dialect("openai", "/v1"), server.url), request=ask("What now?")
    )
    assert [call.id for call in answer.tool_calls] == ["id-0", "id-1", "id-2"]


def test_arguments_that_are_no_json_are_kept_as_they_came(serve: Serve, model: AIModel) -> None:
    pieces = [
        {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "create_task"}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"title": "A'}}]},
    ]
    server = serve(Answer([openai_stream(*pieces, finish="length")]))
    answer = complete(
        model=at(model, Dialect("openai", "/v1"), server.url), request=ask("What now?")
    )
    assert answer.tool_calls[0].invalid == '{"title": "A'
    assert answer.stop == "max_tokens"


def test_a_refusal_is_told_as_one(serve: Serve, dialect: Dialect, model: AIModel) -> None:
    if dialect.provider == "openai":
        server = serve(Answer([openai_stream({"refusal": "I will not."})]))
    else:
        server = serve(Answer([anthropic_text("I will not.", stop="refusal")]))
    answer = complete(model=at(model, dialect, server.url), request=ask("What now?"))
    assert (answer.stop, answer.text) == ("refusal", "I will not.")


def test_an_answer_whose_usage_went_missing_still_counts(serve: Serve, model: AIModel) -> None:
    server = serve(Answer([openai_stream({"content": "Whole."}, done=False), CUT]))
    answer = complete(
        model=at(model, Dialect("openai", "/v1"), server.url), request=ask("What now?")
    )
    assert answer.text == "Whole."
    assert answer.usage.estimated


def test_the_key_goes_out_and_metadata_does_not(
    serve: Serve, dialect: Dialect, model: AIModel
) -> None:
    server = serve(whole(dialect))
    request = ask("What now?")
    request.metadata["run"] = "run-canary"
    complete(model=at(model, dialect, server.url), request=request)
    (sent,) = server.requests
    assert sent["headers"]["authorization"] == "bearer sk-canary-key-123456"
    assert "run-canary" not in json.dumps(sent)
    assert sent["body"]["stream"] is True
    assert sent["body"]["max_tokens"] == 4096


def test_what_stands_in_the_environment_does_not_travel(
    serve: Serve, dialect: Dialect, model: AIModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.setenv(name, "environment-canary")
    server = serve(whole(dialect))
    complete(model=at(model, dialect, server.url), request=ask("What now?"))
    assert "environment-canary" not in json.dumps(server.requests[0]["headers"])
