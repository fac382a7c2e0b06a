"""Looks at the set-up, part by part, and says what to mend and how."""

import ctypes.util
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.actions import system_actor
from accounts.models import Membership, Workspace
from core import files
from core.errors import MCError
from missioncontrol import health
from modules.actions import default_model, test_model
from modules.models import AIModel

State = Literal["ok", "warn", "fail"]

LEAST_PYTHON = (3, 11)
ENOUGH_DISK = 1024 * 1024 * 1024  # bytes
# What can be asked only where the others are well.
_BEFORE_TABLES, _IN_TABLES = {"database", "migrations"}, {"account", "models"}
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_PANGO = ("pango-1.0", "pangoft2-1.0")
_INSTALL = "apt-get install -y --no-install-recommends"


@dataclass(frozen=True)
class Finding:
    """What was found of one part, and what to do about it."""

    part: str
    state: State
    said: str
    mend: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


Findings = Iterator[tuple[State, str, str]]


def examine(*, online: bool = False) -> Iterator[Finding]:
    """Every part in turn. With `online`, each model is asked one tiny question."""
    checks: dict[str, Callable[[], Findings]] = {
        "python": _python,
        "packages": _packages,
        "data folder": _data_folder,
        "secret key": _secret_key,
        "settings": _settings,
        "database": _database,
        "migrations": _migrations,
        "cache": lambda: _part("cache"),
        "broker": lambda: _part("broker"),
        "web": _web,
        "worker": lambda: _running("worker"),
        "beat": lambda: _running("beat"),
        "disk": _disk,
        "files": _files,
        "static files": _static,
        "PDF": _pango,
        "running code": _bubblewrap,
        "browser tests": _chromium,
        "account": _account,
        "models": lambda: _models(online),
    }
    _health.cache_clear()
    usable = True
    for part, check in checks.items():
        if part in _IN_TABLES and not usable:
            continue
        try:
            for state, said, mend in check():
                usable = usable and not (part in _BEFORE_TABLES and state == "fail")
                yield Finding(part, state, said, mend)
        except Exception as error:  # whatever it is, the other parts are looked at as well
            yield Finding(part, "fail", f"{type(error).__name__}: {error}".splitlines()[0][:200])


def _python() -> Findings:
    said = sys.version.split()[0]
    if sys.version_info[:2] >= LEAST_PYTHON:
        yield "ok", said, ""
    else:
        yield "fail", said, "Install Python 3.11 or newer and run `make build`."


def _packages() -> Findings:
    wrong = []
    for line in (settings.BASE_DIR / "requirements.txt").read_text().splitlines():
        name, pinned, wanted = line.partition("==")
        if not pinned or line.startswith("#"):
            continue
        try:
            if version(name) != wanted:
                wrong.append(f"{name} {version(name)} instead of {wanted}")
        except PackageNotFoundError:
            wrong.append(f"{name} is missing")
    if wrong:
        yield "warn", "; ".join(wrong[:5]), "Run `make build`."
    else:
        yield "ok", "as requirements.txt says", ""


def _data_folder() -> Findings:
    folder = settings.VAR_DIR
    if not os.access(folder, os.W_OK | os.X_OK):
        yield "fail", f"{folder} cannot be written to", f"Give it to this user: chown {folder}."
    else:
        yield "ok", str(folder), ""


def _secret_key() -> Findings:
    file = settings.VAR_DIR / "secret_key"
    if file.exists() and file.read_text().strip() == settings.SECRET_KEY:
        mode = file.stat().st_mode & 0o777
        if mode & 0o077:
            yield "fail", f"others may read {file} ({mode:o})", f"Run `chmod 600 {file}`."
        else:
            yield "ok", f"in {file}, for this user alone", ""
    elif len(settings.SECRET_KEY) < 50 or len(set(settings.SECRET_KEY)) < 10:
        mend = "Set SECRET_KEY to 50 random characters; the old one goes to SECRET_KEY_FALLBACKS."
        yield "fail", "SECRET_KEY is short enough to be guessed", mend
    else:
        yield "ok", "from the environment", ""


def _settings() -> Findings:
    public = settings.HOST not in _LOOPBACK
    found: list[tuple[State, str, str]] = []
    if settings.DEBUG:
        state: State = "fail" if public else "warn"
        found.append((state, "DEBUG is on: errors show settings and code", "Set DEBUG=0."))
    if public and not settings.HTTPS:
        mend = "Put a proxy with a certificate in front; set HTTPS=1 and PROXY_COUNT=1."
        found.append(("warn", "passwords travel without HTTPS", mend))
    if settings.HTTPS and not settings.SITE_URL.startswith("https://"):
        found.append(("warn", "SITE_URL is no https address", "Set SITE_URL=https://…"))
    if "*" in settings.ALLOWED_HOSTS:
        found.append(("warn", "ALLOWED_HOSTS allows any name", "Name the hosts."))
    elif public and len(settings.ALLOWED_HOSTS) <= 3:
        mend = "Set ALLOWED_HOSTS to the names people use."
        found.append(("warn", "only this machine's own names are allowed hosts", mend))
    if public and settings.REGISTRATION_OPEN:
        mend = "Set REGISTRATION_OPEN=0 if that is not meant."
        found.append(("warn", "strangers may make accounts", mend))
    yield from found or [("ok", f"{settings.MODE}, at {settings.SITE_URL}", "")]


def _database() -> Findings:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA quick_check(1)")
            verdict = cursor.fetchone()[0]
            if verdict != "ok":
                yield "fail", f"SQLite says: {verdict}", "Stop it and restore the newest back-up."
                return
            cursor.execute("SELECT sqlite_version()")
        else:
            cursor.execute("SHOW server_version")
        said = f"{connection.vendor} {cursor.fetchone()[0]}"
    if connection.vendor == "sqlite" and not settings.EMBEDDED:
        mend = "Set DATABASE_URL to a PostgreSQL database."
        yield "warn", f"{said}, shared by several processes that write", mend
    else:
        yield "ok", said, ""


def _migrations() -> Findings:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        names = ", ".join(f"{step.app_label} {step.name}" for step, _ in plan[:3])
        mend = "Make a back-up, then run `manage.py migrate`."
        yield "fail", f"{len(plan)} not applied: {names}", mend
    else:
        yield "ok", "all applied", ""


def _part(name: str) -> Findings:
    try:
        yield "ok", health.PARTS[name](), ""
    except Exception as error:
        said = str(error) if isinstance(error, health.Down) else type(error).__name__
        yield "fail", said, "Is Redis up, and REDIS_URL right?"


@cache
def _health() -> dict[str, Any] | None:
    """What the running web server says of itself; None when there is none."""
    host = "127.0.0.1" if settings.HOST in ("0.0.0.0", *_LOOPBACK) else settings.HOST
    try:
        address = f"http://{host}:{settings.PORT}/health/ready"
        with urllib.request.urlopen(address, timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as answer:
        try:
            return dict(json.load(answer))
        except ValueError:
            return None
    except (OSError, ValueError):
        return None


def _web() -> Findings:
    found = _health()
    if found is not None and "parts" in found:
        yield "ok", f"answers at port {settings.PORT}: {found['status']}", ""
    elif settings.EMBEDDED and _somebody_holds_the_lock():
        mend = f"See its log. Is PORT={settings.PORT} the one it was started with?"
        yield "fail", "it runs, and does not answer", mend
    else:
        yield "warn", f"nothing answers at port {settings.PORT}", "Start it: `make run`."


def _running(part: str) -> Findings:
    """Worker and beat: in one process only that knows; else their pulse is in Redis."""
    mend = "Start it: `make run`, or `manage.py run worker` and `manage.py run beat`."
    if settings.EMBEDDED:
        found = _health()
        if found is None or "parts" not in found:
            yield "warn", "not running", mend
            return
        told = found["parts"][part]
        state: State = "ok" if told["state"] == "up" else "fail"
        yield state, told["detail"], "" if state == "ok" else "Stop it and start it again."
        return
    try:
        yield "ok", health.PARTS[part](), ""
    except health.Down as reason:
        # Where not even the web answers, it is stopped and not broken.
        yield ("fail" if _health() else "warn"), str(reason), mend


def _somebody_holds_the_lock() -> bool:
    path = settings.VAR_DIR / "run.lock"
    if not path.exists():
        return False
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _disk() -> Findings:
    free = shutil.disk_usage(settings.VAR_DIR).free
    said = f"{free / 2**30:.1f} GB free"
    mend = "Make room: old back-ups, logs, `manage.py clearsessions`."
    state: State = "ok" if free > ENOUGH_DISK else "warn"
    if free < health.LEAST_FREE_DISK:
        state = "fail"
    yield state, said, "" if state == "ok" else mend


def _files() -> Findings:
    try:
        where = files.try_out()
    except (MCError, OSError) as error:
        said = error.message if isinstance(error, MCError) else type(error).__name__
        mend = "Look at S3_BUCKET, S3_ENDPOINT_URL, S3_REGION and the keys; see docs/operators.md."
        yield "fail", said, mend if settings.S3_BUCKET else f"Give {settings.MEDIA_ROOT} to us."
    else:
        yield "ok", f"kept, read and deleted one: {where}", ""


def _static() -> Findings:
    if not (settings.BASE_DIR / "static" / "dist").is_dir():
        yield "fail", "styles and scripts are not built", "Run `make build`."
    elif settings.DEBUG or (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        yield "ok", "built and collected", ""
    else:
        yield "fail", "not collected", "Run `manage.py collectstatic --no-input`."


def _pango() -> Findings:
    missing = [name for name in _PANGO if ctypes.util.find_library(name) is None]
    if missing:
        mend = f"{_INSTALL} libpango-1.0-0 libpangoft2-1.0-0 fonts-dejavu-core"
        yield "warn", f"no PDF: {', '.join(missing)} is missing", mend
    else:
        yield "ok", "Pango is there", ""


def _bubblewrap() -> Findings:
    found = shutil.which("bwrap")
    if found is None:
        yield "warn", "off: bubblewrap is missing", f"{_INSTALL} bubblewrap"
        return
    words = [found, "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "true"]
    tried = subprocess.run(words, capture_output=True, text=True, timeout=10, check=False)
    if tried.returncode:
        said = tried.stderr.strip().splitlines()[:1] or ["it does not work here"]
        mend = "Allow user namespaces: sysctl kernel.unprivileged_userns_clone=1."
        yield "warn", f"off: {said[0][:150]}", mend
    else:
        yield "ok", "bubblewrap works", ""


def _chromium() -> Findings:
    names = ("chromium", "chromium-browser", "google-chrome")
    if any(shutil.which(name) for name in names):
        yield "ok", "Chromium is there", ""
    else:
        yield "warn", "Chromium is missing; only `make browser` needs it", f"{_INSTALL} chromium"


def _account() -> Findings:
    people = Membership.objects.filter(actor__active=True, user__is_active=True)
    owners = people.filter(role=Membership.Role.OWNER).count()
    if owners:
        yield "ok", f"{people.count()} people, {Workspace.objects.count()} workspaces", ""
    else:
        mend = "`manage.py prepare --welcome` prints the link that makes one."
        yield "warn", "there is no account yet", mend
    for workspace in Workspace.objects.exclude(halted_at=None)[:5]:
        mend = f"`manage.py agents --workspace {workspace.slug} resume-all`"
        yield "warn", f"everything is stopped in {workspace.slug}", mend


def _models(online: bool) -> Findings:
    for workspace in Workspace.objects.order_by("created_at")[:50]:
        try:
            chosen = default_model(workspace)
        except MCError as error:
            yield "fail", f"{workspace.slug}: {error.message}", "Switch one on, under Models."
            continue
        if chosen.simulated:
            mend = "Set OPENAI_API_KEY or ANTHROPIC_API_KEY, or enter a model under Models."
            yield "warn", f"{workspace.slug}: agents work with the simulated model", mend
        elif not online:
            said = f"{workspace.slug}: {chosen.name}, not asked"
            yield "ok", said, "" if chosen.has_key else "It has no key; --online asks it."
        models = AIModel.objects.filter(workspace=workspace, enabled=True)
        for model in models.exclude(provider="simulated") if online else ():
            verdict = test_model(actor=system_actor(workspace), model=model)
            state: State = "ok" if verdict.ok else "fail"
            said = re.sub(r"\s+", " ", f"{workspace.slug}: {model.name}: {verdict.sentence}")
            yield state, said, "" if verdict.ok else "Change it under Models."
