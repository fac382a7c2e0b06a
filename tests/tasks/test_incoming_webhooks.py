"""Webhooks in: what is posted to a secret address becomes a task, once, and nothing more."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import Membership
from activity.models import Activity
from core import signing
from core.api.limits import meter
from core.errors import Forbidden, NotFound
from tasks.actions import create_task
from tasks.inbound import actions
from tasks.inbound.filling import fill, read
from tasks.inbound.models import InboundHook, InboundReceipt
from tasks.models import Task
from tests.missioncontrol.house import eventually

JSON = "application/json"


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    meter.forget()


def make(alice: Membership, **fields: Any) -> tuple[InboundHook, str, str]:
    fields = {"title": "{{ issue.title }}", "description": "{{ issue.body }}", **fields}
    return actions.create_hook(actor=alice.actor, name="Alarms", **fields)


def send(token: str, body: Any, content_type: str = JSON, **headers: str) -> Any:
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    client = Client(enforce_csrf_checks=True)
    return client.generic("POST", f"/hooks/{token}/", data, content_type, headers=said)


ISSUE = {"issue": {"title": "Lamp  out", "body": "At the *mole*.", "labels": [{"name": "light"}]}}


def test_what_is_posted_becomes_a_task(alice: Membership) -> None:
    hook, token, _ = make(alice, priority=2)
    answer = send(token, ISSUE)
    assert answer.status_code == 201
    assert answer.json() == {"task": "TASK-001", "again": False}
    task = Task.objects.get()
    assert (task.title, task.priority, task.creator.kind) == ("Lamp out", 2, "system")
    assert task.description.startswith("At the *mole*.")
    assert "its words come from outside" in task.description
    hook.refresh_from_db()
    assert hook.received == 1
    assert hook.last_used_at is not None
    assert Activity.objects.filter(verb="hook.received", task=task).exists()


def test_an_address_without_its_last_slash_is_the_same(alice: Membership) -> None:
    _, token, _ = make(alice)
    answer = Client().post(f"/hooks/{token}", json.dumps(ISSUE), content_type=JSON)
    assert answer.status_code == 201


@pytest.mark.parametrize("header", ["webhook_id", "X_Request_Id", "Idempotency_Key"])
def test_a_message_that_comes_twice_makes_one_task(alice: Membership, header: str) -> None:
    _, token, _ = make(alice)
    assert send(token, ISSUE, **{header: "msg_1"}).status_code == 201
    again = send(token, ISSUE, **{header: "msg_1"})
    assert (again.status_code, again.json()) == (200, {"task": "TASK-001", "again": True})
    assert send(token, ISSUE, **{header: "msg_2"}).status_code == 201
    assert Task.objects.count() == 2


def test_an_id_that_makes_no_task_is_not_remembered(alice: Membership) -> None:
    _, token, _ = make(alice)
    assert send(token, "{", webhook_id="msg_1").status_code == 400
    assert not InboundReceipt.objects.exists()
    assert send(token, ISSUE, webhook_id="msg_1").status_code == 201


def signed(secret: str, body: bytes, *, at: float | None = None, id: str = "msg_1") -> Any:
    moment = int(time.time() if at is None else at)
    made = signing.headers([secret], message_id=id, timestamp=moment, body=body)
    return {name.replace("-", "_"): value for name, value in made.items()}


def test_where_the_sender_signs_only_what_is_signed_is_taken(alice: Membership) -> None:
    _, token, secret = make(alice, signed=True)
    body = json.dumps(ISSUE).encode()
    good = signed(secret, body)
    refused = [
        send(token, body),
        send(token, body.replace(b"out", b"lit"), **good),
        send(token, body, **{**good, "webhook_id": "msg_2"}),
        send(token, body, **{**good, "webhook_timestamp": str(int(time.time()) + 9)}),
        send(token, body, **signed(secret, body, at=time.time() - 310)),
        send(token, body, **signed(secret, body, at=time.time() + 310)),
        send(token, body, **signed(signing.new_secret(), body)),
        send(token, body, **{**good, "webhook_signature": "v1,äöü"}),
    ]
    assert [answer.status_code for answer in refused] == [401] * len(refused)
    assert not Task.objects.exists()
    assert send(token, body, **good).status_code == 201
    assert send(token, body, **good).json()["again"], "sent again, it makes nothing"
    assert Task.objects.count() == 1


def test_only_hashes_and_what_is_sealed_are_kept(alice: Membership) -> None:
    hook, token, secret = make(alice, signed=True)
    kept = str(InboundHook.objects.filter(pk=hook.pk).values().get())
    assert token not in kept
    assert token.removeprefix("mc_hook_") not in kept
    assert secret.removeprefix("whsec_") not in kept


def test_an_address_ends_with_its_hook(alice: Membership) -> None:
    hook, token, _ = make(alice)
    _, newer = actions.replace_address(actor=alice.actor, hook=hook)
    assert send(token, ISSUE).status_code == 404
    assert send(newer, ISSUE).status_code == 201
    actions.edit_hook(actor=alice.actor, hook=hook, enabled=False)
    assert send(newer, ISSUE).status_code == 404
    actions.delete_hook(actor=alice.actor, hook=hook)
    assert send(newer, ISSUE).status_code == 404
    assert Task.objects.count() == 1


@pytest.mark.parametrize("token", ["x", "mc_hook_", "mc_hook_" + "A" * 43, "é", "a" * 5000])
def test_nothing_is_at_other_addresses(db: None, token: str) -> None:
    assert send(token, ISSUE).status_code == 404


def test_only_posting_does_anything(alice: Membership) -> None:
    _, token, _ = make(alice)
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
        assert Client().generic(method, f"/hooks/{token}/").status_code == 405
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"x" * (256 * 1024 + 1), "text/plain", 413),
        (b"{" * 100_000, JSON, 400),
        (b"[" * 100_000, JSON, 400),
        (b'{"a": NaN}', JSON, 400),
        (b"\xff\xfe", JSON, 400),
        (b"a=b&" * 2000, "application/x-www-form-urlencoded", 400),
        (b"--x\r\n", "multipart/form-data; boundary=x", 415),
        (b"\x00\xff", "text/plain", 201),
        (b"", "", 201),
        (b"null", JSON, 201),
        (b'{"issue": {"title": "\\u0000"}}', JSON, 201),
    ],
)
def test_bodies_of_all_kinds(
    alice: Membership, body: bytes, content_type: str, status: int
) -> None:
    _, token, _ = make(alice, description="{{ text }}")
    assert send(token, body, content_type).status_code == status
    assert Task.objects.count() == (status == 201)


@pytest.mark.usefixtures("within_one_minute")
def test_nobody_can_send_without_end(alice: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token, _ = make(alice)
    monkeypatch.setitem(settings.RATE_LIMITS, "hook", 3)
    answers = [send(token, ISSUE) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    guesses = [send(f"mc_hook_{number}", ISSUE).status_code for number in range(20)]
    assert guesses[-1] == 429, "nor guess"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ issue.title }}", "Lamp  out"),
        ("{{issue.title}}!", "Lamp  out!"),
        ("{{ issue.labels.0.name }}", "light"),
        ("{{ issue.labels.7.name }}", ""),
        ("{{ issue.labels }}", '[{"name":"light"}]'),
        ("{{ issue.title.upper }}", ""),
        ("{{ issue.__class__ }}", ""),
        ("{{ issue.items }}", ""),
        ("{{ settings.SECRET_KEY }}", ""),
        ("{% debug %} {{ issue.title|safe }}", "{% debug %} "),
        ("{{ {{ issue.title }} }}", "{{ Lamp  out }}"),
        ("{{ }} {{", "{{ }} {{"),
    ],
)
def test_a_template_can_only_take_values_out(template: str, expected: str) -> None:
    assert fill(template, ISSUE) == expected


def test_what_is_filled_in_is_not_looked_at_again() -> None:
    assert fill("{{ a }}", {"a": "{{ b }}", "b": "secret"}) == "{{ b }}"


def test_forms_and_text_are_read() -> None:
    assert read(b"a=1&b=%C3%A4", "application/x-www-form-urlencoded") == {"a": "1", "b": "ä"}
    assert read("über".encode(), "text/plain; charset=utf-8") == {"text": "über"}
    assert read(b"[1]", JSON) == {"items": [1]}


def test_only_stewards_of_the_workspace_may(
    alice: Membership, bob: Membership, charlie: Membership
) -> None:
    hook, _, _ = make(alice)
    with pytest.raises(Forbidden):
        make(bob)
    with pytest.raises(NotFound):
        actions.delete_hook(actor=charlie.actor, hook=hook)


def test_the_screen_shows_the_address_once(alice: Membership, client: Client) -> None:
    client.force_login(alice.user)
    fields = {"name": "Alarms", "title": "{{ title }}", "priority": "1", "signed": "on"}
    page = client.post("/settings/webhooks/incoming/", fields)
    text = page.content.decode()
    assert page.status_code == 200
    assert "/hooks/mc_hook_" in text
    assert "whsec_" in text
    later = client.get("/settings/webhooks/incoming/").content.decode()
    assert "mc_hook_" not in later
    assert "whsec_" not in later
    hook = InboundHook.objects.get()
    path = f"/settings/webhooks/incoming/{hook.pk}/"
    assert client.get(path).status_code == 200
    edited = {"name": "Alarms", "title": "Alarm: {{ title }}", "description": "", "priority": "3"}
    assert client.post(path, edited).status_code == 302
    assert "mc_hook_" in client.post(f"{path}replace/").content.decode()
    assert client.post(f"{path}switch/", {"off": ""}).status_code == 302
    hook.refresh_from_db()
    assert (hook.title, hook.priority, hook.enabled) == ("Alarm: {{ title }}", 3, False)
    assert client.post(f"{path}delete/").status_code == 302
    assert not InboundHook.objects.exists()


def test_the_screen_is_for_stewards(
    bob: Membership, charlie: Membership, alice: Membership
) -> None:
    hook, _, _ = make(alice)
    for member, status in ((bob, 403), (charlie, 404)):
        client = Client()
        client.force_login(member.user)
        path = f"/settings/webhooks/incoming/{hook.pk}/"
        assert client.get(path).status_code == status
        assert client.post(f"{path}delete/").status_code == status
    assert InboundHook.objects.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_two_deliveries_at_the_same_moment_make_one_task(
    alice: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second comes while the first has its task made and not yet committed."""
    _, token, _ = make(alice)
    inside, go_on = threading.Event(), threading.Event()
    entered: list[str] = []

    def slow(**fields: Any) -> Task:
        entered.append(fields["title"])
        task = create_task(**fields)
        inside.set()
        assert go_on.wait(30)
        return task

    monkeypatch.setattr(actions, "create_task", slow)

    def deliver() -> tuple[int, Any]:
        try:
            answer = send(token, ISSUE, webhook_id="msg_1")
            return answer.status_code, answer.json()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(deliver)
        assert inside.wait(30)
        second = pool.submit(deliver)
        try:
            eventually(_somebody_waits)
        finally:
            go_on.set()
    assert first.result() == (201, {"task": "TASK-001", "again": False})
    assert second.result() == (200, {"task": "TASK-001", "again": True})
    assert entered == ["Lamp out"]
    assert Task.objects.count() == InboundReceipt.objects.count() == 1


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone() is not None
