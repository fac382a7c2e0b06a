"""A kind of run that is about nothing but the rules every run has to keep."""

from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from accounts.models import Workspace
from agents import handlers
from agents.handlers import Brief
from agents.models import Agent, Run
from modules import tools
from modules.tools import ToolContext, ToolError, tool


class DrillHandler:
    """Notes what it is told."""

    kind = "drill"
    tools = ("ring", "ring_once", "jot", "look")

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def find(self, agents: object) -> Iterable[Any]:
        return []

    def brief(self, run: Run) -> Brief:
        return Brief("You are drilled.", "Do what the drill says.")

    def started(self, run: Run) -> None:
        self.heard.append(("started", str(run.state)))

    def ended(self, run: Run) -> None:
        self.heard.append(("ended", str(run.state)))


@pytest.fixture
def drill(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The handler, and lists of what its tools did: `rung`, `jotted`."""
    rung: list[str] = []
    jotted: list[str] = []
    handler = DrillHandler()
    monkeypatch.setattr(handlers, "_handlers", {**handlers._handlers, "drill": handler})
    monkeypatch.setattr(tools.registry, "_tools", dict(tools.registry._tools))

    @tool(effect="outside")
    def ring(ctx: ToolContext, bell: str) -> str:
        """Ring a bell, which cannot be unrung."""
        if bell == "broken":
            raise ToolError("It does not ring.")
        rung.append(ctx.key)
        return f"{bell} rang"

    @tool(effect="outside", repeatable=True)
    def ring_once(ctx: ToolContext, bell: str) -> str:
        """Ring a bell that rings once for each key."""
        if ctx.key not in rung:
            rung.append(ctx.key)
        return f"{bell} rang"

    @tool(effect="write")
    def jot(ctx: ToolContext, text: str) -> str:
        """Write into the house's own database."""
        from accounts.models import Actor

        jotted.append(text)
        Actor.objects.filter(pk=ctx.actor.pk).update(name=text)
        if text == "refuse":
            raise ToolError("Not that.")
        if text == "done":
            ctx.outcome = {"text": text}
        return text

    @tool(effect="read")
    def look(ctx: ToolContext) -> str:
        """Look around."""
        return "nothing new"

    return SimpleNamespace(handler=handler, rung=rung, jotted=jotted)


@pytest.fixture
def agent(agents: SimpleNamespace) -> Agent:
    found: Agent = agents.technical
    return found


@pytest.fixture
def queue(workspace: Workspace, agent: Agent, drill: SimpleNamespace) -> Callable[..., Run]:
    """Queue a drill."""

    def go(**values: Any) -> Run:
        from core.clock import db_now

        fields = {"agent": agent, "kind": "drill", "enqueued_at": db_now(), **values}
        return Run.objects.create(workspace=workspace, **fields)

    return go
