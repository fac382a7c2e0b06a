"""The screens of webhooks."""

import pytest
from django.test import Client

from accounts.models import Membership
from activity.log import logged, record
from activity.models import Delivery, Webhook
from activity.webhooks import sending
from tests.outside import Internet, Say

FIELDS = {"name": "Chat", "url": "http://example.org/in", "events": "task.*, document.created"}


@pytest.fixture
def as_alice(alice: Membership) -> Client:
    client = Client()
    client.force_login(alice.user)
    return client


def test_a_webhook_is_made_and_its_secret_shown_once(as_alice: Client) -> None:
    page = as_alice.post("/settings/webhooks/", FIELDS)
    assert page.status_code == 200
    assert "whsec_" in page.content.decode()
    webhook = Webhook.objects.get()
    assert webhook.events == ["task.*", "document.created"]
    for path in ("/settings/webhooks/", f"/settings/webhooks/{webhook.pk}/"):
        text = as_alice.get(path).content.decode()
        assert "Chat" in text
        assert "whsec_" not in text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("url", "http://127.0.0.1/", "not on the open internet"),
        ("url", "http://0x7f.1/", "unusual way"),
        ("events", "everything", "is no pattern"),
        ("name", "", "This field is required"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    as_alice: Client, field: str, value: str, said: str
) -> None:
    page = as_alice.post("/settings/webhooks/", {**FIELDS, field: value})
    assert page.status_code == 422
    assert said in page.content.decode()
    assert not Webhook.objects.exists()


def test_the_log_shows_what_came_of_it_and_sends_it_again(
    as_alice: Client, alice: Membership, internet: Internet
) -> None:
    server = internet.serve(lambda _: Say(body=b"<b>thanks</b>"))
    as_alice.post("/settings/webhooks/", FIELDS)
    webhook = Webhook.objects.get()
    path = f"/settings/webhooks/{webhook.pk}/"
    with logged():
        record(actor=alice.actor, verb="task.created", message="made <script>alert(1)</script>")
    sending.send_waiting()
    text = as_alice.get(path).content.decode()
    assert "Delivered" in text
    assert "&lt;b&gt;thanks" in text
    assert "<script>alert" not in text

    again = f"/settings/webhooks/deliveries/{Delivery.objects.get().pk}/replay/"
    assert as_alice.post(again).status_code == 302
    sending.send_waiting()
    assert len(server.heard) == 2
    assert as_alice.post(f"{path}test/").status_code == 302
    sending.send_waiting()
    assert len(server.heard) == 3


def test_a_webhook_is_changed_rotated_switched_and_deleted(as_alice: Client) -> None:
    as_alice.post("/settings/webhooks/", FIELDS)
    webhook = Webhook.objects.get()
    path = f"/settings/webhooks/{webhook.pk}/"
    assert as_alice.post(path, {**FIELDS, "events": "*"}).status_code == 302
    page = as_alice.post(f"{path}rotate/")
    assert "whsec_" in page.content.decode()
    assert as_alice.post(f"{path}switch/", {"off": ""}).status_code == 302
    webhook.refresh_from_db()
    assert (webhook.events, webhook.enabled) == (["*"], False)
    assert "Switched off by @alice" in as_alice.get(path).content.decode()
    assert as_alice.post(f"{path}switch/", {"on": ""}).status_code == 302
    assert as_alice.post(f"{path}delete/").status_code == 302
    assert not Webhook.objects.exists()


def test_the_list_costs_the_same_however_long(
    as_alice: Client, alice: Membership, django_assert_max_num_queries: object
) -> None:
    for number in range(3):
        as_alice.post("/settings/webhooks/", {**FIELDS, "name": f"Chat {number}"})
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        as_alice.get("/settings/webhooks/")


def test_the_screens_are_for_stewards(
    as_alice: Client, bob: Membership, charlie: Membership
) -> None:
    as_alice.post("/settings/webhooks/", FIELDS)
    path = f"/settings/webhooks/{Webhook.objects.get().pk}/"
    for member, status in ((bob, 403), (charlie, 404)):
        client = Client()
        client.force_login(member.user)
        assert client.get(path).status_code == status
        assert client.post(f"{path}delete/").status_code == status
        assert client.post(f"{path}rotate/").status_code == status
    assert Client().get(path).status_code == 302
    assert Webhook.objects.exists()
