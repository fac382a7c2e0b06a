"""What programs may try against the API, and what they get for it."""

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.conf import LazySettings, settings
from django.test import Client
from django.utils import timezone

from accounts.keys import create_api_key, revoke_api_key
from accounts.models import ApiKey, Membership
from accounts.tokens import start_login
from tasks.models import Task
from tests.api.client import Program
from tests.conftest import PASSWORD


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.fixture(autouse=True)
def _no_limits(settings: LazySettings) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 0)


def claims(alice: Membership) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(
        start_login(user=alice.user).access, options={"verify_signature": False}
    )
    return found


def refused(token: str) -> bool:
    reply = Program(f"Bearer {token}").get("auth/me")
    return reply.status == 401 and reply.code == "not_authenticated"


def test_a_token_without_a_signature_lets_nobody_in(alice: Membership) -> None:
    for name in ("none", "None", "NONE", ""):
        assert refused(f"{part({'alg': name, 'typ': 'JWT'})}.{part(claims(alice))}.")


@pytest.mark.parametrize("key", ["", "secret", "missioncontrol"])
def test_a_token_signed_with_another_key_lets_nobody_in(alice: Membership, key: str) -> None:
    head = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims(alice))}"
    mark = hmac.new(key.encode(), head.encode(), hashlib.sha256).digest()
    assert refused(f"{head}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}")


def test_the_keys_for_other_purposes_sign_no_token(alice: Membership) -> None:
    for key in (settings.SECRET_KEY, settings.CREDENTIALS_KEY):
        assert refused(jwt.encode(claims(alice), str(key), algorithm="HS256"))
    own = settings.SIMPLE_JWT["SIGNING_KEY"]
    assert own not in (settings.SECRET_KEY, settings.CREDENTIALS_KEY)
    assert refused(jwt.encode(claims(alice), own, algorithm="HS512")), "the algorithm is fixed"
    assert not refused(jwt.encode(claims(alice), own, algorithm="HS256"))


def test_a_token_of_another_kind_time_or_issuer_lets_nobody_in(alice: Membership) -> None:
    own, good = settings.SIMPLE_JWT["SIGNING_KEY"], claims(alice)
    assert refused(start_login(user=alice.user).refresh), "a refresh token is none for access"
    for change in (
        {"exp": int(time.time()) - 1},
        {"iss": "somebody else"},
        {"token_type": "refresh"},
        {"login": str(uuid4())},
        {"login": "1 or 1=1"},
        {"login": None},
    ):
        assert refused(jwt.encode({**good, **change}, own, algorithm="HS256")), change
    access = start_login(user=alice.user).access
    assert Program().post("auth/refresh", {"refresh": access}).status == 401


def test_a_token_that_was_seen_before_is_refused_once_its_login_ends(alice: Membership) -> None:
    signed_in = Program(f"Bearer {start_login(user=alice.user).access}")
    assert signed_in.get("auth/me").status == 200
    alice.user.logins.update(ended_at=timezone.now())
    assert signed_in.get("auth/me").status == 401


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Token", "Token x", "Basic YTpi", "Bearer a b", "mc_x_y", "Bearer \x00"],
)
def test_a_header_that_is_none_is_refused(alice: Membership, header: str) -> None:
    reply = Program(header).get("tasks")
    assert reply.status == 401
    assert "Bearer" in reply.headers["WWW-Authenticate"]


def test_a_key_that_is_over_lets_nobody_in(alice: Membership, bob: Membership) -> None:
    key, text = create_api_key(actor=bob.actor, name="k", scopes=["read"])
    program = Program(f"Token {text}")
    assert program.get("tasks").status == 200
    assert program.get("auth/me").body["role"] == "member"
    for change in (
        {"expires_at": timezone.now() - timedelta(seconds=1)},
        {"revoked_at": timezone.now()},
        {"digest": "x" * 64},
    ):
        ApiKey.objects.filter(pk=key.pk).update(**change)
        assert program.get("tasks").status == 401, change
        key.save()
    bob.user.is_active = False
    bob.user.save()
    assert program.get("tasks").status == 401

    bob.user.is_active = True
    bob.user.save()
    revoke_api_key(actor=alice.actor, key=key)
    assert program.get("tasks").status == 401


def test_a_key_in_the_address_is_no_key(alice: Membership) -> None:
    _, text = create_api_key(actor=alice.actor, name="k", scopes=["read"])
    for name in ("token", "key", "api_key", "access_token", "authorization"):
        assert Program().get(f"tasks?{name}={text}").status == 401


def test_of_keys_only_hashes_are_kept(alice: Membership) -> None:
    key, text = create_api_key(actor=alice.actor, name="k", scopes=["read"])
    kept = " ".join(str(value) for value in vars(ApiKey.objects.get()).values())
    assert text not in kept
    assert text.split("_", 2)[2] not in kept
    assert key.digest == hashlib.sha256(text.encode()).hexdigest()


def test_a_key_makes_no_key_that_may_do_more(alice: Membership, bob: Membership) -> None:
    _, narrow = create_api_key(actor=alice.actor, name="k", scopes=["read", "write"])
    wish = {"name": "more", "scopes": ["admin"]}
    assert Program(f"Token {narrow}").post("auth/keys", wish).status == 403
    _, admin = create_api_key(actor=alice.actor, name="k", scopes=["read", "admin"])
    assert Program(f"Token {admin}").post("auth/keys", wish).status == 201
    more = {"name": "more", "scopes": ["write"]}
    assert Program(f"Token {admin}").post("auth/keys", more).status == 403
    signed_in = Program(f"Bearer {start_login(user=bob.user).access}")
    assert signed_in.post("auth/keys", wish).status == 403, "a member has no admin to give"


def test_what_is_not_for_the_caller_to_set_is_refused(as_alice: Program, bob: Membership) -> None:
    task = as_alice.post("tasks", {"title": "x"}).body["id"]
    for path, method, field, value in (
        ("tasks", "POST", "workspace", str(uuid4())),
        ("tasks", "POST", "creator", str(bob.actor_id)),
        ("tasks", "POST", "number", 1),
        (f"tasks/{task}", "PATCH", "status", "done"),
        (f"tasks/{task}", "PATCH", "version", 9),
        (f"tasks/{task}/messages", "POST", "author", str(bob.actor_id)),
        ("documents", "POST", "created_by", str(bob.actor_id)),
        ("agents", "POST", "session_key", "x"),
        ("auth/me", "PATCH", "is_staff", True),
        ("auth/register", "POST", "role", "owner"),
        ("workspaces/current", "PATCH", "last_event", 0),
    ):
        good = {"title": "x", "body": "x", "name": "x", "role": "x"}
        body = {field: value} | ({"title": "x"} if path in ("tasks", "documents") else {})
        reply = as_alice(method, path, body)
        assert reply.status == 400, (path, field, reply, good)
        assert field in reply.details


def test_a_page_of_another_site_changes_nothing_with_this_sites_session(
    alice: Membership,
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice.user, "django.contrib.auth.backends.ModelBackend")
    assert browser.get("/api/v1/tasks").status_code == 200
    body = json.dumps({"title": "x"})
    for headers in ({}, {"Origin": "https://evil.example"}):
        reply = browser.post(
            "/api/v1/tasks", body, content_type="application/json", headers=headers
        )
        assert reply.status_code == 403
        assert reply.json()["error"]["code"] in ("csrf_failed", "forbidden")
    browser.cookies["csrftoken"] = token = "a" * 32
    reply = browser.post(
        "/api/v1/tasks", body, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert reply.status_code == 201
    assert Task.objects.count() == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"null",
        b"\xff\xfe",
        b'{"title": "\\ud800"}',
        b'{"title": "a\\u0000b"}',
        b'{"title": NaN}',
        b'{"title": "x", "estimate_low": 1e999}',
        b'{"title": "x", "priority": 1' + b"0" * 5000 + b"}",
        b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    ],
    ids=lambda raw: repr(raw[:24]),
)
def test_a_body_that_makes_no_sense_is_refused_in_the_one_form(
    as_alice: Program, raw: bytes
) -> None:
    reply = as_alice.client.post(
        "/api/v1/tasks", raw, content_type="application/json", headers=as_alice.headers
    )
    assert reply.status_code == 400
    error = reply.json()["error"]
    assert set(error) == {"code", "message", "details", "request_id"}
    assert error["request_id"] == reply.headers["X-Request-Id"]
    assert not Task.objects.exists()


def test_every_refusal_has_the_one_form(as_alice: Program, nobody: Program) -> None:
    for status, reply in (
        (404, nobody.get("no/such/place")),
        (404, as_alice.get("tasks/not-an-id")),
        (404, as_alice.get(f"tasks/{uuid4()}")),
        (404, as_alice.get("documents/99999999999999999999999/versions/1")),
        (405, as_alice.put("tasks", {})),
        (405, as_alice.delete("tasks")),
        (405, as_alice("TRACE", "tasks")),
        (401, nobody.get("tasks")),
        (400, as_alice.get("tasks?page=\x00")),
    ):
        assert reply.status == status, reply
        assert set(reply.body["error"]) == {"code", "message", "details", "request_id"}
        assert reply.headers["Content-Type"] == "application/json"
    assert as_alice.put("tasks", {}).headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    other = as_alice.client.post(
        "/api/v1/tasks", "title=x", content_type="text/plain", headers=as_alice.headers
    )
    assert (other.status_code, other.json()["error"]["code"]) == (415, "unsupported_media_type")


def test_a_fault_of_ours_tells_nothing_but_its_id(
    as_alice: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("canary-secret in /etc/passwd")

    monkeypatch.setattr("tasks.api.tasks.filtered", fails)
    reply = as_alice.get("tasks")
    assert (reply.status, reply.code) == (500, "internal_error")
    assert b"canary" not in reply.content
    assert reply.body["error"]["request_id"]


def test_answers_carry_the_headers_of_safety(as_alice: Program) -> None:
    headers = as_alice.get("tasks").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["Referrer-Policy"] == "same-origin"


def test_a_slash_at_the_end_is_tolerated(as_alice: Program) -> None:
    assert as_alice.get("tasks/").status == 200
    assert as_alice.post("tasks/", {"title": "x"}).status == 201


def test_a_name_is_locked_after_eight_wrong_passwords_known_or_not(
    alice: Membership, nobody: Program
) -> None:
    for name in ("alice", "nobody-here"):
        statuses = [
            nobody.post(
                "auth/login",
                {"username": name, "password": f"wrong-{number}"},
                X_Forwarded_For=f"10.1.1.{number}",
            ).status
            for number in range(10)
        ]
        assert statuses[0] == 401
        assert statuses[-1] == 429, name
    right = nobody.post("auth/login", {"username": "alice", "password": PASSWORD})
    assert (right.status, right.code) == (429, "locked")
    assert int(right.headers["Retry-After"]) == 15 * 60


def test_a_file_is_only_ever_saved(as_alice: Program) -> None:
    task = as_alice.post("tasks", {"title": "x"}).body["id"]
    message = as_alice.post(f"tasks/{task}/messages", {"body": "look"}).body["id"]
    page = b"<script>alert(1)</script>"
    made = as_alice.upload(f"messages/{message}/attachments", "../../evil.html", page)
    assert made.status == 201, made
    assert "/" not in made.body["name"]
    reply = as_alice.client.get(f"/api/v1/attachments/{made.body['id']}", headers=as_alice.headers)
    assert b"".join(reply.streaming_content) == page  # type: ignore[attr-defined]
    assert reply.headers["Content-Type"] == "application/octet-stream"
    assert reply.headers["Content-Disposition"].startswith("attachment;")
