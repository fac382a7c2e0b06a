"""What the doors are tried with: pictures, a house that keeps files in a folder of the test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from PIL import Image

from accounts.models import Membership
from modules.assets.actions import create_asset, prepare
from modules.models import AIModel
from tests.modules.assets.pictures import png
from tests.modules.doors.rows import ROWS, Given
from tests.modules.embedding.server import Vectors


@pytest.fixture(autouse=True)
def _files(settings: LazySettings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def vectors(workspace: Any) -> Iterator[Vectors]:
    """Nothing simulates vectors; so a server on loopback makes them."""
    server = Vectors()
    AIModel.objects.create(
        workspace=workspace,
        name="Vectors",
        kind="embedding",
        provider="openai",
        model_id="small-1",
        base_url=server.url,
    )
    yield server
    server.close()


@pytest.fixture
def input_of(alice: Membership) -> Callable[[str], Given]:
    """The input of an operation, with the assets that its row names."""

    def picture(name: str) -> str:
        content = png(64, 48, "teal" if name == "@other" else "orange")
        if name == "@mask":
            import io

            out = io.BytesIO()
            Image.new("RGBA", (64, 48), (0, 0, 0, 0)).save(out, "PNG")
            content = out.getvalue()
        prepared = prepare(content, name=f"{name[1:]}.png")
        return str(create_asset(actor=alice.actor, prepared=prepared).pk)

    def make(operation: str) -> Given:
        given = ROWS[operation].given
        return {
            name: picture(value) if isinstance(value, str) and value.startswith("@") else value
            for name, value in given.items()
        }

    return make
