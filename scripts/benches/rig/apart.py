"""Measuring in a database of its own, which is gone afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from django.test import override_settings


@contextmanager
def own_database() -> Iterator[None]:
    """An empty database beside the usual one, of the same kind."""
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def plain_files() -> override_settings:
    """Static files under their own names, which nobody has collected for this."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    return override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain})
