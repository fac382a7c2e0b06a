"""Webhooks through the API."""

from datetime import datetime
from typing import Any

import pytest

from accounts.models import Membership
from activity.webhooks import sending
from tests.api.client import Program
from tests.outside import Internet

FIELDS = {"name": "Chat", "url": "http://example.org/in", "events": ["task.*"]}


def test_a_webhook_from_made_to_deleted(as_alice: Program, internet: Internet) -> None:
    server = internet.serve()
    made = as_alice.post("webhooks", FIELDS)
    assert made.status == 201, made
    assert made.body["secret"].startswith("whsec_")
    path = f"webhooks/{made.body['id']}"
    assert "secret" not in as_alice.get(path).body
    assert as_alice.get("webhooks").body["count"] == 1

    as_alice.post("tasks", {"title": "Light the harbour"})
    sending.send_waiting()
    assert len(server.heard) >= 1
    (delivery,) = as_alice.get(f"{path}/deliveries?state=delivered&page_size=1").body["results"]
    assert (delivery["state"], delivery["status"]) == ("delivered", 200)
    again = as_alice.post(f"{path}/deliveries/{delivery['id']}/replay")
    assert (again.status, again.body["state"]) == (202, "waiting")
    assert as_alice.post(f"{path}/deliveries/{delivery['id']}/replay").status == 409

    tried = as_alice.post(f"{path}/test")
    assert tried.status == 202
    assert datetime.fromisoformat(tried.body["next_try_at"]).tzinfo is not None
    other = as_alice.post(f"{path}/rotate").body["secret"]
    assert other != made.body["secret"]
    off = as_alice.patch(path, {"enabled": False})
    assert off.body["enabled"] is False
    assert as_alice.post(f"{path}/test").status == 409
    assert as_alice.delete(path).status == 204
    assert as_alice.get(path).status == 404


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"url": "http://10.0.0.1/"}, 400, "url"),
        ({"url": "http://2130706433/"}, 400, "url"),
        ({"events": []}, 400, "events"),
        ({"events": ["all"]}, 400, "events"),
        ({"secret": "whsec_AAAA"}, 400, "secret"),
        ({"workspace": "x"}, 400, "workspace"),
        ({"created_by": "x"}, 400, "created_by"),
    ],
)
def test_what_cannot_be_is_refused(
    as_alice: Program, change: dict[str, Any], status: int, field: str
) -> None:
    reply = as_alice.post("webhooks", {**FIELDS, **change})
    assert reply.status == status, reply
    assert any(name.startswith(field) for name in reply.details), reply


def test_webhooks_are_for_stewards_of_the_workspace(
    as_alice: Program, as_bob: Program, as_viewer: Program, as_charlie: Program, nobody: Program
) -> None:
    webhook = as_alice.post("webhooks", FIELDS).body["id"]
    hook = as_alice.post("webhooks/incoming", {"name": "Alarms"}).body["id"]
    for path in (f"webhooks/{webhook}", f"webhooks/incoming/{hook}"):
        for program, status in ((as_bob, 403), (as_viewer, 403), (as_charlie, 404), (nobody, 401)):
            assert program.get(path).status == status
            assert program.patch(path, {"enabled": False}).status == status
            assert program.delete(path).status == status
        assert as_alice.get(path).body["enabled"] is True


def test_a_key_needs_the_scope(as_alice: Program, alice: Membership, key_of: Any) -> None:
    assert Program(key_of(alice, "read", "write", "run")).get("webhooks").status == 403
    assert Program(key_of(alice, "admin")).get("webhooks").status == 200


def test_an_incoming_webhook_from_made_to_deleted(as_alice: Program) -> None:
    made = as_alice.post("webhooks/incoming", {"name": "Alarms", "signed": True})
    assert made.status == 201, made
    assert made.body["path"].startswith("/hooks/mc_hook_")
    assert made.body["secret"].startswith("whsec_")
    path = f"webhooks/incoming/{made.body['id']}"
    known = as_alice.get(path).body
    assert "path" not in known
    assert (known["signed"], known["title"]) == (True, "{{ title }}")
    assert as_alice.patch(path, {"title": "Alarm"}).body["title"] == "Alarm"
    assert as_alice.post(f"{path}/replace").body["path"] != made.body["path"]
    assert as_alice.get("webhooks/incoming").body["count"] == 1
    assert as_alice.post("webhooks/incoming", {"name": "Alarms"}).status == 409
    assert as_alice.delete(path).status == 204
