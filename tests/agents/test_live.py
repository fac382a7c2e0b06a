"""What a screen hears of a run while it goes on."""

from collections.abc import Callable
from typing import Any

import pytest

from agents import live
from agents.consumers import AgentConsumer
from agents.loop import work_off
from agents.models import Run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Every message about a run, with the group that it went to."""
    messages: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(live, "publish", lambda group, message: messages.append((group, message)))
    return messages


def test_each_step_is_announced_when_it_is_saved(
    told: list[tuple[str, dict[str, Any]]], queue: Callable[..., Run], scripted: Any
) -> None:
    answers = [[("ring", {"bell": "a"}), ("look", {})], [("jot", {"text": "done"})]]
    scripted(lambda request: answers.pop(0))
    run = queue()

    assert work_off(1) == 1

    assert {group for group, _ in told} == {f"agent.{run.agent_id}"}
    assert {message["run"] for _, message in told} == {str(run.pk)}
    # A call that reaches outside is announced twice: as an intent, then with its receipt.
    assert [(message["index"], message["state"]) for _, message in told] == [
        (0, "done"),
        (1, "intent"),
        (1, "done"),
        (2, "done"),
        (3, "done"),
        (4, "done"),
    ]


async def test_the_socket_passes_a_step_on_without_a_number() -> None:
    consumer = AgentConsumer()
    sent: list[dict[str, Any]] = []

    async def keep(message: dict[str, Any]) -> None:
        sent.append(message)

    consumer.tell = keep  # type: ignore[method-assign]
    await consumer.agent_step({"type": "agent.step", "run": "r", "index": 4, "state": "intent"})

    assert sent == [{"type": "step", "run": "r", "index": 4, "state": "intent"}]
