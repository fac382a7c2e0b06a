"""Secrets that are let in, and must come out nowhere: no answer, no line of the log."""

import json
import logging

import pytest
from pytest_django.fixtures import Settings

from accounts.keys import create_api_key
from accounts.models import Membership
from accounts.tokens import start_login
from missioncontrol import logs
from tests.api.client import Program, Reply

PROVIDER = "sk-canary-0123456789abcdef"
PASSWORD = "canary-horse-battery-9"


def lines(caplog: pytest.LogCaptureFixture) -> str:
    """What was logged, as it is written."""
    made = dict(logs.configuration(level="DEBUG", format="json")["formatters"]["structured"])
    formatter: logging.Formatter = made.pop("()")(**made)
    return "\n".join(formatter.format(record) for record in caplog.records)


def test_secrets_that_come_in_stand_in_no_answer_and_no_log(
    alice: Membership,
    caplog: pytest.LogCaptureFixture,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    _, key = create_api_key(actor=alice.actor, name="k", scopes=["read", "write", "admin"])
    access = start_login(user=alice.user).access
    owner, nobody = Program(f"Token {key}"), Program()
    settings.REGISTRATION_OPEN = True
    fields = {"name": "Far", "provider": "openai", "model_id": "m", "api_key": PROVIDER}
    who = {"username": "alice", "password": PASSWORD}

    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError(f"{PROVIDER} is not good; {settings.SECRET_KEY}; Bearer {access}")

    replies: list[Reply] = [
        nobody.post("auth/login", who),
        nobody.post("auth/login", {**who, "api_key": key}),
        nobody.post("auth/register", {**who, "email": "not one"}),
        nobody.get(f"tasks?token={key}"),
        Program(f"Token {key}x").get("tasks"),
        Program(f"Bearer {access}x").get("tasks"),
        owner.post("models", fields),
        owner.post("models", fields),
        owner.post("models", {**fields, "name": "", "colour": PROVIDER}),
        owner.get("models"),
        owner.get("auth/keys"),
    ]
    monkeypatch.setattr("tasks.api.tasks.filtered", breaks)
    replies.append(owner.get("tasks"))

    assert replies[-1].status == 500
    assert 201 in {reply.status for reply in replies}
    answered = json.dumps([reply.body for reply in replies])
    written = lines(caplog)
    assert "api.failed" in written, "the failure itself is logged"
    for secret in (PROVIDER, PASSWORD, key, access, settings.SECRET_KEY):
        assert secret not in answered
        assert secret not in written
