"""A worker whose broker was away comes back to it within seconds of its return."""

import itertools

import pytest
from celery.utils.imports import symbol_by_name
from kombu.connection import Connection
from kombu.utils import functional

from missioncontrol.celery import app
from tests.ports import silent_port


class EnoughError(Exception):
    """The broker was away for as long as the test goes on."""


def test_waits_for_a_broker_do_not_grow_long(monkeypatch: pytest.MonkeyPatch) -> None:
    tried_at: list[float] = []
    slept = 0.0

    def sleep(seconds: float) -> None:
        nonlocal slept
        slept += seconds

    def connect() -> object:
        tried_at.append(slept)
        if slept > 300:
            raise EnoughError
        return really_connect()

    monkeypatch.setattr(functional, "sleep", sleep)
    connection = Connection(f"redis://127.0.0.1:{silent_port()}/0")
    really_connect = connection._connection_factory
    monkeypatch.setattr(connection, "_connection_factory", connect)
    consumer = object.__new__(symbol_by_name(app.conf.worker_consumer))
    consumer.app, consumer.first_connection_attempt = app, False
    consumer.broker_connection_retry_attempt = 0

    with pytest.raises(EnoughError):
        consumer.ensure_connected(connection)
    waits = [after - before for before, after in itertools.pairwise(tried_at)]
    assert len(waits) >= 100
    assert max(waits) <= 3
