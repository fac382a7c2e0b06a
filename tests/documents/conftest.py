"""Programs of the standing cast, as for the API, and an agent."""

from types import SimpleNamespace

import pytest

from agents.models import Agent
from tests.api.conftest import (  # noqa: F401 - fixtures
    _no_memory,
    as_alice,
    as_bob,
    as_charlie,
    nobody,
)


@pytest.fixture
def technical(agents: SimpleNamespace) -> Agent:
    found: Agent = agents.technical
    return found
