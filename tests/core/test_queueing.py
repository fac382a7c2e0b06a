"""Waking a worker: a hint, which may be lost and may never do harm."""

from typing import Any

import pytest
from celery import current_app
from django.db import transaction

from core import queueing

pytestmark = pytest.mark.django_db(transaction=True)


class Broker:
    """Takes messages, or is down."""

    def __init__(self) -> None:
        self.asked = 0
        self.down = False
        self.sent: list[tuple[str, tuple[Any, ...]]] = []

    def send_task(self, job: str, *, args: tuple[Any, ...], retry: bool) -> None:
        self.asked += 1
        if self.down:
            raise ConnectionRefusedError
        self.sent.append((job, args))


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    broker = Broker()
    monkeypatch.setattr(current_app, "send_task", broker.send_task)
    monkeypatch.setattr(queueing, "_spared_until", 0.0)
    return broker


def test_a_message_goes_out_when_the_change_is_committed(broker: Broker) -> None:
    with transaction.atomic():
        queueing.enqueue("a.job", 1)
        assert broker.sent == []

    assert broker.sent == [("a.job", (1,))]


def test_what_is_undone_sends_nothing(broker: Broker) -> None:
    with transaction.atomic():
        queueing.enqueue("a.job")
        transaction.set_rollback(True)

    assert broker.sent == []


def test_a_broker_that_is_down_fails_nobody_and_is_asked_but_once(broker: Broker) -> None:
    broker.down = True

    with transaction.atomic():
        for _ in range(20):
            queueing.enqueue("a.job")

    assert broker.asked == 1


def test_a_broker_that_is_back_is_used_again(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker.down = True
    queueing.enqueue("a.job")
    broker.down = False
    monkeypatch.setattr(queueing, "_spared_until", 0.0)  # the pause is over

    queueing.enqueue("a.job")

    assert broker.sent == [("a.job", ())]
