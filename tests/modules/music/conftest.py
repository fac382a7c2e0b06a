"""What tests of music share: a house with a worker, and a server that makes music."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import LazySettings

from accounts.models import Membership
from modules.models import AIModel, Job
from modules.music import working
from modules.running import actions
from tests.modules.music.server import MusicServer


@pytest.fixture(autouse=True)
def _files(settings: LazySettings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(scope="session")
def sound() -> bytes:
    """Five seconds of music, as OGG."""
    return working.compose("a happy tune", seed=1, seconds=5)[2]


@pytest.fixture
def server(sound: bytes) -> Iterator[MusicServer]:
    found = MusicServer(sound)
    yield found
    found.close()


@pytest.fixture
def suno(workspace: Any, server: MusicServer) -> AIModel:
    """A Suno-style model at the server of the test."""
    return AIModel.objects.create(
        workspace=workspace,
        name="Suno",
        kind="music",
        provider="suno",
        model_id="v4",
        base_url=server.url,
        options={"unit_price": 50_000, "music": {"poll_every_s": 0.01}},
    )


@pytest.fixture
def compose(alice: Membership) -> Callable[..., Job]:
    """Queue a piece of Alice's."""

    def make(model: AIModel | None = None, **given: Any) -> Job:
        return actions.start_job(
            actor=alice.actor,
            operation="music.compose",
            input={"prompt": "A quiet harbour", "seconds": 5, **given},
            model=model.pk if model else None,
        )

    return make
