"""Idempotency-Key: a request is done once, however often it is sent."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import receipts
from accounts.models import ApiKey, Membership, Receipt
from core.errors import Conflict
from tasks.models import Task
from tests.api.client import Program
from tests.conftest import PASSWORD


def test_the_same_request_brings_the_same_answer_and_is_done_once(as_alice: Program) -> None:
    first = as_alice.post("tasks", {"title": "Once"}, Idempotency_Key="k-1")
    again = as_alice.post("tasks", {"title": "Once"}, Idempotency_Key="k-1")
    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["ETag"] == first.headers["ETag"]
    assert Task.objects.count() == 1


def test_another_body_under_the_same_key_is_refused(as_alice: Program) -> None:
    as_alice.post("tasks", {"title": "One"}, Idempotency_Key="k-1")
    other = as_alice.post("tasks", {"title": "Two"}, Idempotency_Key="k-1")
    assert (other.status, other.code) == (409, "idempotency_key_reused")
    elsewhere = as_alice.post("documents", {"title": "One"}, Idempotency_Key="k-1")
    assert elsewhere.code == "idempotency_key_reused"
    assert Task.objects.count() == 1


def test_one_that_is_under_way_is_not_begun_a_second_time(as_alice: Program) -> None:
    as_alice.post("tasks", {"title": "Slow"}, Idempotency_Key="k-1")
    Receipt.objects.update(status=None)
    reply = as_alice.post("tasks", {"title": "Slow"}, Idempotency_Key="k-1")
    assert (reply.status, reply.code) == (409, "idempotency_in_flight")
    assert reply.headers["Retry-After"] == "1"


def test_one_whose_process_died_is_done_by_the_next(as_alice: Program) -> None:
    as_alice.post("tasks", {"title": "Left"}, Idempotency_Key="k-1")
    Task.objects.all().delete()
    long_ago = timezone.now() - timedelta(minutes=5)
    Receipt.objects.update(status=None, started_at=long_ago)
    reply = as_alice.post("tasks", {"title": "Left"}, Idempotency_Key="k-1")
    assert reply.status == 201
    assert Task.objects.count() == 1


def test_what_was_refused_may_be_tried_again(as_alice: Program) -> None:
    task = as_alice.post("tasks", {"title": "x"}).body["id"]
    refused = as_alice.post(f"tasks/{task}/review", {"verdict": "approve"}, Idempotency_Key="k-1")
    assert refused.status == 409
    assert not Receipt.objects.exists()


def test_keys_of_two_people_do_not_meet(as_alice: Program, as_bob: Program) -> None:
    as_alice.post("tasks", {"title": "Same"}, Idempotency_Key="k-1")
    reply = as_bob.post("tasks", {"title": "Same"}, Idempotency_Key="k-1")
    assert (reply.status, reply.body["creator"]["handle"]) == (201, "bob")
    assert Task.objects.count() == 2


def test_a_key_is_good_for_a_day(as_alice: Program) -> None:
    as_alice.post("tasks", {"title": "x"}, Idempotency_Key="k-1")
    Receipt.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert as_alice.post("tasks", {"title": "y"}, Idempotency_Key="k-1").status == 201
    Receipt.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert receipts.forget_old() == 1


@pytest.mark.parametrize("key", ["", "with space", "ü", "x" * 201])
def test_a_key_that_is_none_is_refused(as_alice: Program, key: str) -> None:
    reply = as_alice.post("tasks", {"title": "x"}, Idempotency_Key=key)
    assert (reply.status, list(reply.details)) == (400, ["Idempotency-Key"])


def test_secrets_in_kept_answers_are_not_readable(as_alice: Program, nobody: Program) -> None:
    made = as_alice.post("auth/keys", {"name": "k", "scopes": ["read"]}, Idempotency_Key="k-1").body
    login = {"username": "alice", "password": PASSWORD}
    pair = nobody.post("auth/login", login, Idempotency_Key="k-2").body
    kept = b"".join(bytes(row.answer) for row in Receipt.objects.all())
    for secret in (made["key"], pair["access"], pair["refresh"]):
        assert secret.encode() not in kept
    again = as_alice.post("auth/keys", {"name": "k", "scopes": ["read"]}, Idempotency_Key="k-1")
    assert again.body["key"] == made["key"]
    assert ApiKey.objects.count() == 1


def test_a_slower_attempt_undoes_itself(alice: Membership) -> None:
    def overtaken() -> receipts.Answer:
        Receipt.objects.update(attempt=2)
        Task.objects.create(
            workspace=alice.workspace,
            number=1,
            title="Twice",
            creator=alice.actor,
            moved_at=timezone.now(),
        )
        return receipts.Answer(201, b"{}", {})

    def call() -> Any:
        return receipts.once(owner="a", key="k", digest="d", do=overtaken)

    with pytest.raises(Conflict):
        call()
    assert not Task.objects.exists()
