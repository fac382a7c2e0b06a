"""The vocabulary round-trips; figures are careful; addresses are seen through."""

import json
from ipaddress import ip_address

import pytest

from modules.language import errors, reckoning
from modules.language.base import Endpoint
from modules.language.guard import is_allowed
from modules.language.registry import PROVIDERS, get_provider
from modules.language.types import (
    Message,
    Reply,
    Request,
    Text,
    ToolCall,
    ToolResult,
    ToolSpec,
    Usage,
)

REQUEST = Request(
    system="You help.",
    messages=(
        Message.user("Hello"),
        Message("assistant", (Text("I look."), ToolCall("1", "look", {"a": [1]}, None))),
        Message("assistant", (ToolCall("2", "look", {}, invalid="{"),)),
        Message("tool", (ToolResult("1", "look", "seen"), ToolResult("2", "look", "no", True))),
    ),
    tools=(ToolSpec("look", "Look.", {"type": "object"}),),
    max_tokens=9,
    temperature=0.5,
    metadata={"run": "r"},
)


def test_a_request_round_trips_through_json() -> None:
    assert Request.from_dict(json.loads(json.dumps(REQUEST.to_dict()))) == REQUEST


def test_a_reply_round_trips_through_json() -> None:
    reply = Reply(Message.assistant("Yes"), "end", Usage(3, 1, 2, True), "m")
    assert Reply.from_dict(json.loads(json.dumps(reply.to_dict()))) == reply


def test_a_key_is_not_in_the_repr_of_an_endpoint() -> None:
    assert "secret" not in repr(Endpoint("http://x", "secret", "m"))


def test_the_cautious_reckoning_is_above_the_likely_one() -> None:
    likely = reckoning.input_tokens(REQUEST)
    cautious = reckoning.input_tokens(REQUEST, characters_per_token=reckoning.CAUTIOUS)
    assert cautious > likely > 0


@pytest.mark.parametrize(
    ("address", "local", "public_only"),
    [
        ("127.0.0.1", True, False),
        ("10.1.2.3", True, False),
        ("192.168.1.9", True, False),
        ("::1", True, False),
        ("fd12::1", True, False),
        ("93.184.216.34", True, True),
        ("2606:4700::1111", True, True),
        ("169.254.169.254", False, False),
        ("fe80::1", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("::ffff:10.0.0.1", True, False),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("64:ff9b:1::a9fe:a9fe", False, False),
        ("2002:a9fe:a9fe::1", False, False),
        ("fd00:ec2::254", False, False),
        ("100.100.100.200", False, False),
        ("0.0.0.0", False, False),
        ("224.0.0.1", False, False),
        ("255.255.255.255", False, False),
    ],
)
def test_where_a_model_may_be(address: str, local: bool, public_only: bool) -> None:
    assert is_allowed(ip_address(address), public_only=False) is local
    assert is_allowed(ip_address(address), public_only=True) is public_only


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_the_servers_wish_to_wait_is_read(header: dict[str, str], seconds: float | None) -> None:
    assert errors.retry_after(header) == seconds


@pytest.mark.parametrize(
    "words",
    ["Incorrect API key provided: sk-abcdef1234567890", "Bearer sk-ant-api03-abcdef is not valid"],
)
def test_keys_are_taken_out_of_a_servers_words(words: str) -> None:
    assert "abcdef" not in errors.clean(words)


def test_a_servers_words_are_cut_short() -> None:
    assert len(errors.clean("long " * 500)) == 300


def test_every_provider_can_be_loaded() -> None:
    for name in PROVIDERS:
        assert get_provider(name) is get_provider(name)
    with pytest.raises(KeyError):
        get_provider("oracle")
