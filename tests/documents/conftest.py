"""Programs of the standing cast, as for the API."""

from tests.api.conftest import (  # noqa: F401 - fixtures
    _no_memory,
    as_alice,
    as_bob,
    as_charlie,
    nobody,
)
