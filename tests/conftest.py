"""The standing cast and the tools that every test may use.

Alice owns the workspace, Bob is a member, Charlie owns another one. The orchestrator, the
technical agent and QA work in Alice's. Models are scripted: a real request is an error.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from accounts.actions import add_member, create_user, create_workspace
from accounts.models import Membership, Workspace
from agents import thinking
from agents.heartbeat import beat
from agents.keeper import Keeper
from agents.loop import work_off
from agents.models import Agent
from agents.seeding import seed_agents
from core.api import limits
from modules.actions import configure_from_environment
from modules.language.types import Message, Reply, Request, Text, ToolCall, Usage
from modules.running.keeping import Keeper as JobKeeper
from tests.outside import Internet

PASSWORD = "correct-horse-battery"

# How long an example takes says more of what else the machine does than of the code. Where CI
# is set, Hypothesis does so by itself.
hypothesis_settings.register_profile(
    "here", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
if "CI" not in os.environ:
    hypothesis_settings.load_profile("here")


# Rooms whose tests speak with the broker or start processes even where they name no database.
SPEAKING = {"missioncontrol", "core", "activity", "faults", "ui"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL and Redis, leave out what touches neither: it is the same without them."""
    if django_settings.EMBEDDED:
        return
    alike = [item for item in items if not _speaks(item)]
    config.hook.pytest_deselected(items=alike)
    items[:] = [item for item in items if _speaks(item)]


def _speaks(item: pytest.Item) -> bool:
    room = item.nodeid.split("/")[1] if item.nodeid.count("/") > 1 else ""
    touches = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    return bool(room in SPEAKING or touches or item.get_closest_marker("django_db"))


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _keeper_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keeper's thread cannot see what a test has not committed, and would stop every run."""
    monkeypatch.setattr(Keeper, "_watch", lambda self: None)
    monkeypatch.setattr(JobKeeper, "_watch", lambda self: None)


@pytest.fixture
def alice(db: None) -> Membership:
    """Owns the workspace."""
    user = create_user(username="alice", email="alice@example.org", password=PASSWORD)
    return create_workspace(name="Harbour", owner=user)


@pytest.fixture
def workspace(alice: Membership) -> Workspace:
    configure_from_environment(alice.workspace)
    return alice.workspace


@pytest.fixture
def bob(workspace: Workspace) -> Membership:
    """Works in Alice's workspace."""
    user = create_user(username="bob", email="bob@example.org", password=PASSWORD)
    return add_member(workspace=workspace, user=user, role=Membership.Role.MEMBER)


@pytest.fixture
def viewer(workspace: Workspace) -> Membership:
    """May look at Alice's workspace, and no more."""
    user = create_user(username="vera", email="vera@example.org", password=PASSWORD)
    return add_member(workspace=workspace, user=user, role=Membership.Role.VIEWER)


@pytest.fixture
def charlie(db: None) -> Membership:
    """Owns another workspace and has no business in Alice's."""
    user = create_user(username="charlie", email="charlie@example.org", password=PASSWORD)
    return create_workspace(name="Elsewhere", owner=user)


@pytest.fixture
def elsewhere(charlie: Membership) -> Workspace:
    return charlie.workspace


@pytest.fixture
def agents(workspace: Workspace) -> SimpleNamespace:
    """The orchestrator, the technical agent and QA."""
    return SimpleNamespace(**{agent.handle: agent for agent in seed_agents(workspace)})


@pytest.fixture
def within_one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of the limits stands: a minute that turned would begin the count anew."""
    monkeypatch.setattr(limits, "time", SimpleNamespace(time=lambda: 1_800_000_020.0))


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Internet]:
    """The outside, as far as this machine can play it."""
    found = Internet(monkeypatch)
    yield found
    found.close()


Script = Callable[[Request], Sequence[Any]]


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[[Script], list[Request]]:
    """Let a function play the model: it gets the request and returns texts and tool calls.

    A tool call is a pair of name and arguments. Returns the list of requests, which grows.
    """

    def install(script: Script) -> list[Request]:
        requests: list[Request] = []

        def complete(*, request: Request, **_: Any) -> Reply:
            requests.append(request)
            parts = tuple(
                Text(part)
                if isinstance(part, str)
                else ToolCall(f"call-{len(requests)}-{index}", part[0], part[1])
                for index, part in enumerate(script(request))
            )
            calls = any(isinstance(part, ToolCall) for part in parts)
            return Reply(
                message=Message("assistant", parts),
                stop="tool_calls" if calls else "end",
                usage=Usage(100, 20),
                model="scripted",
            )

        monkeypatch.setattr(thinking, "complete", complete)
        return requests

    return install


@pytest.fixture
def work_until_quiet() -> Callable[..., int]:
    """Tick and work, without a broker, until nobody has anything left to do.

    Every heartbeat is taken to be due. Returns the number of runs that were driven.
    """

    def go(rounds: int = 50) -> int:
        from core.clock import Now

        driven = 0
        for _ in range(rounds):
            Agent.objects.update(next_heartbeat_at=Now())
            queued = beat()
            done = work_off(1_000)
            driven += done
            if not queued and not done:
                return driven
        raise AssertionError(f"still busy after {rounds} rounds")

    return go
