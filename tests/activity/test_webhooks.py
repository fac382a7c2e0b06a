"""Webhooks out: what is told, to whom, how often, and how a receiver knows that it is true."""

import importlib.util
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Membership
from activity.log import logged, record
from activity.models import Activity, Delivery, Notification, Webhook
from activity.webhooks import actions, patterns, sending
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.signing import BadSignature, verify
from tests.outside import Heard, Internet, Say
from tests.ports import free_port

URL = "https://example.org/in"


class Clock:
    """The database's clock, turned by hand."""

    def __init__(self) -> None:
        # A little ahead, since what is written below is due by the database's own clock.
        self.now = timezone.now() + timedelta(minutes=1)

    def __call__(self) -> datetime:
        return self.now

    def on(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(sending, "db_now", found)
    monkeypatch.setattr(actions, "db_now", found)
    monkeypatch.setattr(random, "random", lambda: 0.0)
    return found


def listen(alice: Membership, *events: str, name: str = "Ears") -> tuple[Webhook, str]:
    return actions.create_webhook(
        actor=alice.actor, name=name, url=URL.replace("https", "http"), events=events or ("task.*",)
    )


def happen(member: Membership, verb: str = "task.created") -> Activity:
    with logged():
        return record(actor=member.actor, verb=verb, message="did it")


@pytest.fixture(scope="session")
def receiver() -> ModuleType:
    """The example that receivers are given."""
    path = Path(settings.BASE_DIR) / "examples" / "verify_webhook.py"
    spec = importlib.util.spec_from_file_location("verify_webhook", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_happens_is_told_once_and_signed(
    alice: Membership, internet: Internet, receiver: ModuleType
) -> None:
    server = internet.serve()
    _, secret = listen(alice)
    entry = happen(alice)
    happen(alice, "document.created")
    assert sending.send_waiting() == 1
    assert sending.send_waiting() == 0
    (heard,) = server.heard
    assert (heard.method, heard.path) == ("POST", "/in")
    body = json.loads(heard.body)
    assert body["type"] == "task.created"
    assert body["timestamp"] == entry.created_at.isoformat()
    assert (body["data"]["number"], body["data"]["actor"]["handle"]) == (entry.number, "alice")
    row = Delivery.objects.get()
    assert (row.state, row.status, row.attempts, row.excerpt) == ("delivered", 200, 1, "ok")
    assert receiver.verify(secret, heard.headers, heard.body) == row.message_id


Tamper = Callable[[dict[str, str], bytes], tuple[dict[str, str], bytes]]


@pytest.mark.parametrize(
    "tamper",
    [
        lambda headers, body: (headers, body.replace(b"did it", b"did so")),
        lambda headers, body: ({**headers, "webhook-id": "msg_other"}, body),
        lambda headers, body: (
            {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)},
            body,
        ),
        lambda headers, body: ({**headers, "webhook-signature": "v1,AAAA"}, body),
        lambda headers, body: ({**headers, "webhook-signature": ""}, body),
        lambda headers, body: ({**headers, "webhook-timestamp": ""}, body),
        lambda headers, body: (
            {**headers, "webhook-signature": headers["webhook-signature"].replace("v1,", "v2,")},
            body,
        ),
    ],
    ids=["body", "id", "time", "signature", "none", "no time", "version"],
)
def test_what_was_altered_is_refused(
    alice: Membership, internet: Internet, receiver: ModuleType, tamper: Tamper
) -> None:
    server = internet.serve()
    _, secret = listen(alice)
    happen(alice)
    sending.send_waiting()
    headers, body = tamper(server.heard[0].headers, server.heard[0].body)
    with pytest.raises(receiver.NotGenuine):
        receiver.verify(secret, headers, body)
    with pytest.raises(BadSignature):
        verify(
            secret,
            message_id=headers["webhook-id"],
            timestamp=headers["webhook-timestamp"],
            signatures=headers["webhook-signature"],
            body=body,
            now=time.time(),
        )


def test_what_was_heard_cannot_be_sent_again_later(
    alice: Membership, internet: Internet, receiver: ModuleType
) -> None:
    server = internet.serve()
    _, secret = listen(alice)
    happen(alice)
    sending.send_waiting()
    (heard,) = server.heard
    sent = int(heard.headers["webhook-timestamp"])
    for away in (-301, 301):
        with pytest.raises(receiver.NotGenuine):
            receiver.verify(secret, heard.headers, heard.body, now=sent + away)


def test_signatures_are_those_of_the_standard(receiver: ModuleType) -> None:
    """The example that the specification's own libraries are tested with."""
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    assert receiver.verify(secret, headers, body, now=1614265330) == headers["webhook-id"]


def test_the_example_runs_as_it_stands(alice: Membership, internet: Internet) -> None:
    """As a program of its own, with a message that is genuine and one that is not."""
    _, secret = listen(alice)
    port = free_port()
    program = subprocess.Popen(
        [sys.executable, "-u", "examples/verify_webhook.py", str(port)],
        cwd=settings.BASE_DIR,
        env={**os.environ, "WEBHOOK_SECRET": secret},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        internet.hand_over("example.org", port)
        happen(alice)
        sending.send_waiting()
        assert Delivery.objects.get().status == 204
        listen(alice, "document.*", name="Another secret")
        happen(alice, "document.created")
        sending.send_waiting()
        assert Delivery.objects.get(event="document.created").status == 401
    finally:
        program.terminate()
        said, _ = program.communicate(timeout=10)
    assert "task.created did it" in said
    assert "refused: The signature is wrong." in said


def test_after_a_change_both_secrets_hold_for_a_day(
    alice: Membership, internet: Internet, clock: Clock, receiver: ModuleType
) -> None:
    server = internet.serve()
    webhook, old = listen(alice)
    _, new = actions.rotate_secret(actor=alice.actor, webhook=webhook)
    happen(alice)
    sending.send_waiting()
    now = clock.now.timestamp()
    for secret in (old, new):
        receiver.verify(secret, server.heard[0].headers, server.heard[0].body, now=now)

    clock.on(hours=25)
    happen(alice)
    sending.send_waiting()
    now = clock.now.timestamp()
    receiver.verify(new, server.heard[1].headers, server.heard[1].body, now=now)
    with pytest.raises(receiver.NotGenuine):
        receiver.verify(old, server.heard[1].headers, server.heard[1].body, now=now)


def test_what_fails_is_tried_again_for_a_day_and_then_switched_off(
    alice: Membership, bob: Membership, internet: Internet, clock: Clock
) -> None:
    server = internet.serve(lambda _: Say(500, body=b"no"))
    webhook, _ = listen(alice)
    happen(alice)
    began, waits = clock.now, []
    for _ in range(20):
        if not sending.send_waiting():
            row = Delivery.objects.get(event="task.created")
            if row.state != "waiting":
                break
            waits.append(row.next_try_at - clock.now)
            clock.now = row.next_try_at
    assert waits == sending.DELAYS
    assert clock.now - began >= timedelta(days=1)
    assert len({heard.headers["webhook-id"] for heard in server.heard}) == 1
    assert len(server.heard) == row.attempts == 8
    assert (row.state, row.status, row.excerpt) == ("failed", 500, "no")
    webhook.refresh_from_db()
    assert not webhook.enabled
    told = Notification.objects.filter(activity__verb="webhook.disabled")
    assert [one.recipient.handle for one in told] == ["alice"]

    happen(alice)
    assert sending.send_waiting() == 0


def test_jitter_keeps_receivers_from_being_asked_all_at_once() -> None:
    waits = {sending._delay(3, sending.Outcome(500)) for _ in range(20)}
    assert len(waits) > 1
    assert all(wait and sending.DELAYS[2] <= wait <= sending.DELAYS[2] * 1.1 for wait in waits)


def test_a_success_ends_a_row_of_failures(
    alice: Membership, internet: Internet, clock: Clock
) -> None:
    answers = [Say(503), Say(200)]
    internet.serve(lambda _: answers.pop(0))
    webhook, _ = listen(alice)
    happen(alice)
    sending.send_waiting()
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.failing_since) == (1, clock.now)
    clock.on(seconds=6)
    sending.send_waiting()
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.failing_since, webhook.enabled) == (0, None, True)


@pytest.mark.parametrize(
    ("said", "seconds"), [("120", 120), ("1", 5), ("999999999", 86_400), ("soon", 5)]
)
def test_a_receiver_that_asks_for_patience_gets_it(
    alice: Membership, internet: Internet, clock: Clock, said: str, seconds: int
) -> None:
    server = internet.serve(lambda _: Say(429, {"Retry-After": said}))
    listen(alice)
    happen(alice)
    sending.send_waiting()
    assert Delivery.objects.get().next_try_at == clock.now + timedelta(seconds=seconds)
    if said == "120":
        happen(alice)
        clock.on(seconds=60)
        assert sending.send_waiting() == 0, "nothing else is sent meanwhile"
    assert len(server.heard) == 1


def test_a_receiver_that_is_gone_is_left_alone(
    alice: Membership, internet: Internet, clock: Clock
) -> None:
    internet.serve(lambda _: Say(410))
    webhook, _ = listen(alice)
    happen(alice)
    happen(alice)
    assert sending.send_waiting() == 1
    webhook.refresh_from_db()
    assert not webhook.enabled
    assert "410" in webhook.disabled_because
    assert set(Delivery.objects.values_list("state", flat=True)) == {"failed"}


def test_a_redirect_is_no_success(alice: Membership, internet: Internet) -> None:
    server = internet.serve(lambda _: Say(302, {"Location": "http://example.org/other"}))
    listen(alice)
    happen(alice)
    sending.send_waiting()
    assert len(server.heard) == 1
    assert (Delivery.objects.get().state, Delivery.objects.get().status) == ("waiting", 302)


def test_a_name_that_leads_inside_is_told_nothing(alice: Membership, internet: Internet) -> None:
    server = internet.serve()
    listen(alice)
    happen(alice)
    internet.lead("example.org", ["10.0.0.5"])
    sending.send_waiting()
    assert server.heard == []
    assert "open internet" in Delivery.objects.get().error


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://0x7f.1/", "ftp://example.org/", "x"])
def test_a_webhook_cannot_point_inside(alice: Membership, url: str) -> None:
    with pytest.raises(Exception) as refused:
        actions.create_webhook(actor=alice.actor, name="Inside", url=url)
    assert getattr(refused.value, "field", None) == "url"
    assert not Webhook.objects.exists()


def test_two_workers_never_send_the_same_attempt(
    alice: Membership, internet: Internet, clock: Clock
) -> None:
    internet.serve()
    listen(alice)
    happen(alice)
    first = sending.claim_next()
    assert first is not None
    assert sending.claim_next() is None
    clock.on(seconds=61)
    second = sending.claim_next()
    assert second is not None
    assert second.pk == first.pk
    assert not sending.settle(first, sending.Outcome(500)), "the first one woke up too late"
    assert sending.settle(second, sending.Outcome(200))
    assert Delivery.objects.get().state == "delivered"


def test_one_slow_receiver_does_not_take_all_the_attempts(
    alice: Membership, internet: Internet, clock: Clock
) -> None:
    internet.serve()
    slow, _ = listen(alice, name="Slow")
    fast, _ = listen(alice, name="Fast")
    for _ in range(3):
        happen(alice)
    taken = [sending.claim_next(), sending.claim_next(), sending.claim_next()]
    assert {one.webhook_id for one in taken if one} == {slow.pk, fast.pk}
    assert taken[2] is None


@pytest.mark.django_db(transaction=True)
def test_a_slow_receiver_delays_no_change(
    alice: Membership, internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change commits while the receiver has not answered; nobody holds a lock for it."""
    hanging, go_on = threading.Event(), threading.Event()

    def hang(_: Heard) -> Say:
        hanging.set()
        go_on.wait(10)
        return Say()

    internet.serve(hang)
    listen(alice)
    happen(alice)
    sender = threading.Thread(target=_send_and_close)
    sender.start()
    try:
        assert hanging.wait(30)
        began = time.monotonic()
        for _ in range(5):
            happen(alice)
        assert time.monotonic() - began < 10
    finally:
        go_on.set()
        sender.join(10)
    assert Delivery.objects.filter(state="delivered").exists()


def _send_and_close() -> None:
    from django.db import connection

    try:
        sending.send_waiting(limit=1)
    finally:
        connection.close()


def test_what_did_not_happen_is_not_told(alice: Membership) -> None:
    listen(alice)
    with transaction.atomic():
        happen(alice)
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()


def test_a_workspace_without_webhooks_pays_next_to_nothing(
    alice: Membership, django_assert_max_num_queries: Any
) -> None:
    happen(alice)
    with django_assert_max_num_queries(5):  # savepoint, number, activity, who listens, release
        happen(alice)
    listen(alice)
    with django_assert_max_num_queries(7):  # and to what, and the delivery
        happen(alice)


def test_the_notification_leads_to_the_webhook(
    alice: Membership, internet: Internet, client: Client
) -> None:
    internet.serve(lambda _: Say(410))
    webhook, _ = listen(alice)
    happen(alice)
    sending.send_waiting()
    found = Notification.objects.get(activity__verb="webhook.disabled")
    client.force_login(alice.user)
    assert (
        client.get(f"/notifications/{found.pk}/").headers["Location"]
        == f"/settings/webhooks/{webhook.pk}/"
    )


def test_a_delivery_can_be_sent_again_under_its_id(
    alice: Membership, internet: Internet, clock: Clock
) -> None:
    server = internet.serve()
    listen(alice)
    happen(alice)
    with pytest.raises(Conflict):
        actions.replay_delivery(actor=alice.actor, delivery=Delivery.objects.get())
    sending.send_waiting()
    actions.replay_delivery(actor=alice.actor, delivery=Delivery.objects.get())
    sending.send_waiting()
    assert len(server.heard) == 2
    assert len({heard.headers["webhook-id"] for heard in server.heard}) == 1
    assert Delivery.objects.get().state == "delivered"


def test_a_test_is_sent_whatever_is_listened_for(alice: Membership, internet: Internet) -> None:
    server = internet.serve()
    webhook, _ = listen(alice, "document.*")
    actions.send_test(actor=alice.actor, webhook=webhook)
    sending.send_waiting()
    assert json.loads(server.heard[0].body)["type"] == "webhook.test"


def test_switching_off_gives_up_what_waits_and_on_again_begins_anew(alice: Membership) -> None:
    webhook, _ = listen(alice)
    happen(alice)
    actions.edit_webhook(actor=alice.actor, webhook=webhook, enabled=False)
    assert Delivery.objects.get().state == "failed"
    happen(alice)
    assert Delivery.objects.count() == 1
    actions.edit_webhook(actor=alice.actor, webhook=webhook, enabled=True)
    happen(alice)
    assert Delivery.objects.count() == 2


def test_deleting_takes_the_deliveries_along(alice: Membership) -> None:
    webhook, _ = listen(alice)
    happen(alice)
    actions.delete_webhook(actor=alice.actor, webhook=webhook)
    assert not Webhook.objects.exists()
    assert not Delivery.objects.exists()


def test_only_stewards_of_the_workspace_may(
    alice: Membership, bob: Membership, charlie: Membership
) -> None:
    webhook, _ = listen(alice)
    with pytest.raises(Forbidden):
        listen(bob, name="Bob's")
    with pytest.raises(NotFound):
        actions.delete_webhook(actor=charlie.actor, webhook=webhook)


def test_another_workspace_is_not_heard_of(alice: Membership, charlie: Membership) -> None:
    listen(alice, "*")
    happen(charlie)
    assert not Delivery.objects.filter(event="task.created").exists()


def test_the_secret_is_not_in_the_database(alice: Membership) -> None:
    webhook, secret = listen(alice)
    kept = Webhook.objects.filter(pk=webhook.pk).values().get()
    assert secret.removeprefix("whsec_") not in str(kept)


@pytest.mark.parametrize(
    ("pattern", "verb", "meant"),
    [
        ("*", "task.moved", True),
        ("task.*", "task.moved", True),
        ("task.moved", "task.moved", True),
        ("task.made", "task.moved", False),
        ("doc.*", "document.made", False),
    ],
)
def test_patterns(pattern: str, verb: str, meant: bool) -> None:
    assert patterns.matches(patterns.checked([pattern]), verb) is meant


@pytest.mark.parametrize("pattern", ["", "task", "task.*.x", ".*", "TASK.*", "task.mo*", "*.*"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid):
        patterns.checked([pattern])
