from collections.abc import AsyncGenerator, Callable

import pytest

from accounts.models import Workspace
from modules import completion
from modules.language.base import Endpoint
from modules.language.cancel import CancelToken
from modules.language.types import (
    Event,
    Finished,
    Message,
    Reply,
    Request,
    TextDelta,
    Usage,
)
from modules.models import AIModel


@pytest.fixture
def model(workspace: Workspace) -> AIModel:
    """A real provider's model, with prices; where it is, a test says."""
    return AIModel.objects.create(
        workspace=workspace,
        name="Test model",
        provider="openai",
        model_id="some-model",
        input_price=2_000_000,
        output_price=10_000_000,
        timeout_s=10,
    )


@pytest.fixture
def question() -> Request:
    return Request("You help.", (Message.user("What now?"),))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nobody waits between tries; what would have been waited is listed."""
    waited: list[float] = []

    def pause(cancel: CancelToken, seconds: float) -> bool:
        waited.append(seconds)
        return cancel.cancelled

    monkeypatch.setattr(completion, "pause", pause)
    return waited


def reply(text: str = "Done.", usage: Usage | None = None) -> Reply:
    return Reply(Message.assistant(text), "end", usage or Usage(1_000, 100), "some-model")


class ScriptedProvider:
    """Does on the n-th call what the n-th step says: an error, a reply, or events before it."""

    def __init__(self, *steps: object) -> None:
        self.steps = list(steps)
        self.endpoints: list[Endpoint] = []

    @property
    def calls(self) -> int:
        return len(self.endpoints)

    async def stream(self, request: Request, endpoint: Endpoint) -> AsyncGenerator[Event, None]:
        self.endpoints.append(endpoint)
        step = self.steps[min(self.calls, len(self.steps)) - 1]
        for part in step if isinstance(step, list) else [step]:
            if isinstance(part, Exception):
                raise part
            if isinstance(part, str):
                yield TextDelta(part)
            if isinstance(part, Reply):
                yield Finished(part)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ScriptedProvider]:
    """Put a scripted provider in the place of all others."""

    def install(*steps: object) -> ScriptedProvider:
        scripted = ScriptedProvider(*steps)
        monkeypatch.setattr(completion, "get_provider", lambda name: scripted)
        return scripted

    return install
