"""Programs of the standing cast."""

from collections.abc import Callable

import pytest

from accounts.keys import create_api_key
from accounts.models import Actor, Membership
from accounts.tokens import start_login
from core.api import tags
from core.api.limits import meter
from tests.api.client import Program


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    meter.forget()
    tags.forget()


def token_of(member: Membership) -> str:
    return f"Bearer {start_login(user=member.user).access}"


@pytest.fixture
def key_of() -> Callable[..., str]:
    """Makes keys: `key_of(alice, "read", "write")`, or for an agent made by an owner."""

    def make(member: Membership, *scopes: str, owner: Actor | None = None) -> str:
        _, text = create_api_key(
            actor=member.actor, name="test", scopes=scopes or ("read", "write"), owner=owner
        )
        return f"Token {text}"

    return make


@pytest.fixture
def as_alice(alice: Membership) -> Program:
    return Program(token_of(alice))


@pytest.fixture
def as_bob(bob: Membership) -> Program:
    return Program(token_of(bob))


@pytest.fixture
def as_viewer(viewer: Membership) -> Program:
    return Program(token_of(viewer))


@pytest.fixture
def as_charlie(charlie: Membership) -> Program:
    return Program(token_of(charlie))


@pytest.fixture
def nobody() -> Program:
    return Program()
