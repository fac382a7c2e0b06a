"""Files of tests lie in a folder of their own."""

from typing import Any

import pytest
from django.conf import LazySettings

from accounts.models import Membership
from tests.api.client import Program
from tests.api.conftest import token_of


@pytest.fixture(autouse=True)
def _files(settings: LazySettings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def as_bob(bob: Membership) -> Program:
    return Program(token_of(bob))
