"""Logs tell what happened and keep secrets to themselves."""

import json
import logging
import logging.config

import pytest
import structlog

from missioncontrol import logs

SECRETS = [
    "sk-proj-abcdefghijklmnop1234",
    "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxfQ.c2lnbmF0dXJl",
    "hunter2hunter2",
]


@pytest.fixture
def formatter() -> logging.Formatter:
    configuration = logs.configuration(level="INFO", format="json")
    made = dict(configuration["formatters"]["structured"])
    formatter: logging.Formatter = made.pop("()")(**made)
    return formatter


def written(formatter: logging.Formatter, message: object, **extra: object) -> dict[str, object]:
    record = logging.LogRecord("test", logging.INFO, __file__, 1, str(message), (), None)
    record.__dict__.update(extra)
    line: dict[str, object] = json.loads(formatter.format(record))
    return line


def test_a_line_has_its_time_level_and_logger(formatter: logging.Formatter) -> None:
    line = written(formatter, "hello", task=7)
    assert line["event"] == "hello"
    assert line["level"] == "info"
    assert line["logger"] == "test"
    assert line["task"] == 7
    assert "timestamp" in line


def test_the_request_id_is_on_every_line(formatter: logging.Formatter) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        assert written(formatter, "hello")["request_id"] == "r-1"


@pytest.mark.parametrize(
    "name", ["password", "api_key", "OPENAI_API_KEY", "Authorization", "refresh_token", "cookie"]
)
def test_what_is_named_like_a_secret_is_hidden(formatter: logging.Formatter, name: str) -> None:
    line = written(formatter, "login", **{name: "hunter2hunter2", "headers": {name: "hunter2x"}})
    assert "hunter2" not in json.dumps(line)


@pytest.mark.parametrize(
    "text",
    [
        f"key {SECRETS[0]} was refused",
        f"Authorization: Bearer {SECRETS[1]}",
        f"Authorization: Token {SECRETS[2]}",
        f"cannot reach postgres://mc:{SECRETS[2]}@db:5432/mc",
    ],
)
def test_what_looks_like_a_secret_is_hidden(formatter: logging.Formatter, text: str) -> None:
    line = json.dumps(written(formatter, text, detail=[{"said": text}]))
    assert not any(secret in line for secret in SECRETS)
    assert logs.HIDDEN in line


def test_a_secret_in_an_exception_is_hidden(formatter: logging.Formatter) -> None:
    try:
        raise ValueError(f"bad key {SECRETS[0]}")
    except ValueError as error:
        record = logging.LogRecord(
            "test", logging.ERROR, __file__, 1, "failed", (), (type(error), error, None)
        )
    text = formatter.format(record)
    assert "bad key" in text
    assert SECRETS[0] not in text


def test_counting_tokens_is_no_secret(formatter: logging.Formatter) -> None:
    line = written(formatter, "call", input_tokens=12, tokens_out=3)
    assert (line["input_tokens"], line["tokens_out"]) == (12, 3)
