"""Settings: what the environment says, and what holds without it."""

import ast
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from missioncontrol import secret

# Read by Django's own createsuperuser, not by our settings.
ELSEWHERE = {f"DJANGO_SUPERUSER_{name}" for name in ("USERNAME", "EMAIL", "PASSWORD")}
# Set by the runner of the tests.
OF_TESTS = {"PYTEST_XDIST_WORKER"}


def variables_read() -> set[str]:
    source = (settings.BASE_DIR / "missioncontrol" / "settings.py").read_text()
    return {
        node.args[0].value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and re.fullmatch(r"env\.\w+", ast.unparse(node.func))
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    } - OF_TESTS


def test_every_variable_is_explained_in_the_example() -> None:
    text = (settings.BASE_DIR / ".env.example").read_text()
    explained = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", text, flags=re.MULTILINE))
    assert explained == variables_read() | ELSEWHERE


def test_the_example_alone_changes_nothing() -> None:
    lines = (settings.BASE_DIR / ".env.example").read_text().splitlines()
    assert all(line.startswith("#") or not line.strip() for line in lines)


def check(tmp_path: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "VAR_DIR": str(tmp_path), "DEBUG": "0", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_has_no_warning(tmp_path: Path) -> None:
    done = check(tmp_path, HTTPS="1", ALLOWED_HOSTS="missioncontrol.example")
    assert done.returncode == 0, done.stderr


def test_the_check_would_tell(tmp_path: Path) -> None:
    assert check(tmp_path, HTTPS="1", SECRET_KEY="short").returncode == 1


def test_a_secret_key_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    first = secret.read_or_make(path)
    assert len(first) >= 50
    assert secret.read_or_make(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret_key"]


def test_each_purpose_has_a_key_of_its_own() -> None:
    keys = {settings.SECRET_KEY, settings.SIMPLE_JWT["SIGNING_KEY"], settings.CREDENTIALS_KEY}
    assert len(keys) == 3


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("X-Frame-Options", "DENY"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ],
)
def test_every_answer_carries_the_headers(client: Client, header: str, expected: str) -> None:
    assert client.get("/health/live").headers[header] == expected


def test_scripts_and_styles_come_from_here_alone(client: Client) -> None:
    policy = dict(
        directive.strip().split(" ", 1)
        for directive in client.get("/health/live").headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in str(policy)


def test_a_fixed_job_expires_before_it_is_due_again() -> None:
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["options"]["expires"] <= entry["schedule"]
        assert settings.CELERY_TASK_ROUTES[entry["task"]] == {"queue": "clock"}
