"""Both SDKs against a stand-in that speaks both APIs: what goes well."""

import json

import pytest

from modules.language.base import ProviderError
from modules.language.registry import get_provider
from modules.language.types import (
    Finished,
    Message,
    Request,
    Text,
    TextDelta,
    ToolCall,
    ToolCallStarted,
    ToolResult,
)
from tests.modules.wire.conftest import CREATE_TASK, Dialect, ask, collect, reply_of
from tests.modules.wire.servers import Aimock

pytestmark = pytest.mark.wire


async def test_words_come_in_pieces_and_once_whole(aimock: Aimock, dialect: Dialect) -> None:
    events = await collect(
        get_provider(dialect.provider), ask("say hello"), dialect.endpoint(aimock.url)
    )
    pieces = [event.text for event in events if isinstance(event, TextDelta)]
    reply = reply_of(events)
    assert len(pieces) > 1
    assert "".join(pieces) == reply.text
    assert reply.text == "Hello from the wire, in more than one piece of text."
    assert reply.stop == "end"
    assert isinstance(events[-1], Finished)


async def test_the_servers_figures_are_taken(aimock: Aimock, dialect: Dialect) -> None:
    events = await collect(
        get_provider(dialect.provider), ask("say hello"), dialect.endpoint(aimock.url)
    )
    usage = reply_of(events).usage
    assert (usage.input_tokens, usage.output_tokens, usage.estimated) == (11, 7, False)


async def test_a_tool_call_comes_with_its_arguments(aimock: Aimock, dialect: Dialect) -> None:
    events = await collect(
        get_provider(dialect.provider), ask("use one tool"), dialect.endpoint(aimock.url)
    )
    reply = reply_of(events)
    (call,) = reply.tool_calls
    assert call.name == "create_task"
    assert call.arguments == {"title": "Draw the plan", "hours": 4}
    assert call.invalid is None
    assert reply.stop == "tool_calls"
    assert ToolCallStarted(call.id, "create_task") in events


async def test_one_answer_may_hold_several_tool_calls(aimock: Aimock, dialect: Dialect) -> None:
    events = await collect(
        get_provider(dialect.provider), ask("use two tools"), dialect.endpoint(aimock.url)
    )
    reply = reply_of(events)
    assert reply.text == "I will do both."
    assert [call.arguments["title"] for call in reply.tool_calls] == [
        "First of both, with a title that is long",
        "Second",
    ]
    assert len({call.id for call in reply.tool_calls}) == 2


async def test_a_cut_by_length_is_told(aimock: Aimock, dialect: Dialect) -> None:
    events = await collect(
        get_provider(dialect.provider), ask("write too much"), dialect.endpoint(aimock.url)
    )
    assert reply_of(events).stop == "max_tokens"


async def test_a_stream_that_breaks_off_is_no_answer(aimock: Aimock, dialect: Dialect) -> None:
    with pytest.raises(ProviderError) as caught:
        await collect(
            get_provider(dialect.provider), ask("break off"), dialect.endpoint(aimock.url)
        )
    assert caught.value.transient
    assert caught.value.code in ("half_stream", "unreachable")


async def test_a_refused_key_is_told_without_the_key(aimock: Aimock, dialect: Dialect) -> None:
    with pytest.raises(ProviderError) as caught:
        await collect(
            get_provider(dialect.provider), ask("wrong key"), dialect.endpoint(aimock.url)
        )
    error = caught.value
    assert (error.code, error.status, error.transient) == ("wrong_key", 401, False)
    assert "secret" not in str(error)
    assert "canary" not in repr(error)


async def test_a_whole_transcript_is_sent_in_the_servers_form(
    aimock: Aimock, dialect: Dialect
) -> None:
    transcript = Request(
        system="You plan.",
        messages=(
            Message.user("first words of a transcript"),
            Message(
                "assistant",
                (
                    Text("I make two."),
                    ToolCall("c1", "create_task", {"title": "A"}),
                    ToolCall("c2", "create_task", {}, invalid='{"title": '),
                ),
            ),
            Message(
                "tool",
                (
                    ToolResult("c1", "create_task", '{"id": "TASK-1"}'),
                    ToolResult("c2", "create_task", "arguments were no JSON", is_error=True),
                ),
            ),
            Message.user("say hello"),
        ),
        tools=(CREATE_TASK,),
    )
    await collect(get_provider(dialect.provider), transcript, dialect.endpoint(aimock.url))
    sent = json.dumps(aimock.journal()[-1]["body"])
    assert "TASK-1" in sent
    assert "invalid_json" in sent
    assert "canary" not in sent
