from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from modules.credentials import encrypt
from modules.language.base import Endpoint
from modules.language.types import Event, Message, Reply, Request, ToolSpec
from modules.models import AIModel
from tests.modules.wire.servers import (
    Aimock,
    Answer,
    ScriptedServer,
    anthropic_text,
    openai_stream,
    why_no_aimock,
)

CREATE_TASK = ToolSpec(
    "create_task",
    "Make a task.",
    {
        "type": "object",
        "properties": {"title": {"type": "string"}, "hours": {"type": "integer"}},
        "required": ["title"],
    },
)


def ask(words: str, *, tools: tuple[ToolSpec, ...] = (CREATE_TASK,)) -> Request:
    return Request(system="You help.", messages=(Message.user(words),), tools=tools)


@pytest.fixture(scope="session")
def aimock() -> Iterator[Aimock]:
    if reason := why_no_aimock():
        pytest.skip(reason)
    server = Aimock(Path(__file__).with_name("fixtures.json"))
    yield server
    server.stop()


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """A server that answers as scripted; stopped after the test."""
    servers: list[ScriptedServer] = []

    def start(*answers: Answer) -> ScriptedServer:
        servers.append(ScriptedServer(*answers))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@dataclass
class Dialect:
    """One of the two APIs: how to reach a stand-in that speaks it."""

    provider: str
    suffix: str

    def endpoint(self, url: str, **options: float) -> Endpoint:
        timeout_s = options.pop("timeout_s", 10.0)
        return Endpoint(url + self.suffix, "sk-canary-key-123456", "some-model", timeout_s, options)


@pytest.fixture(params=["openai", "anthropic"])
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return Dialect(request.param, "/v1" if request.param == "openai" else "")


async def collect(provider: object, request: Request, endpoint: Endpoint) -> list[Event]:
    return [event async for event in provider.stream(request, endpoint)]  # type: ignore[attr-defined]


def reply_of(events: list[Event]) -> Reply:
    reply: Reply = events[-1].reply  # type: ignore[union-attr]
    return reply


Serve = Callable[..., ScriptedServer]


def at(model: AIModel, dialect: Dialect, url: str, **options: Any) -> AIModel:
    """The model, moved to a stand-in."""
    model.provider, model.base_url = dialect.provider, url + dialect.suffix
    model.credentials = encrypt("sk-canary-key-123456")
    model.options = options
    model.save()
    return model


def whole(dialect: Dialect, text: str = "All is well.") -> Answer:
    if dialect.provider == "openai":
        return Answer([openai_stream({"content": text})])
    return Answer([anthropic_text(text)])
