"""Whether it lives, whether every part of it is up, and its figures for Prometheus."""

import hmac
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from core import files
from core.errors import Unavailable
from missioncontrol import metrics, pulse
from missioncontrol.celery import app as celery_app
from missioncontrol.versions import version_of
from modules.providers import providers

LEAST_FREE_DISK = 100 * 1024 * 1024  # bytes


class Down(Exception):
    """A part that does not work; the message says in what way."""


@dataclass(frozen=True)
class Part:
    """The state of one part of the house."""

    name: str
    up: bool
    detail: str
    milliseconds: float

    def as_dict(self) -> dict[str, Any]:
        return {
            "state": "up" if self.up else "down",
            "detail": self.detail,
            "latency_ms": round(self.milliseconds, 1),
        }


def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return connection.vendor


def cache_answers() -> str:
    cache.set("health", "1", timeout=10)
    if cache.get("health") != "1":
        raise Down("does not keep what it is given")
    return "memory" if settings.EMBEDDED else "redis"


def broker() -> str:
    if settings.EMBEDDED:
        return "memory"
    with celery_app.connection_for_write(connect_timeout=2) as link:
        link.ensure_connection(max_retries=1, timeout=2)
    return str(link.transport.driver_type)


def worker() -> str:
    return _seen("worker")


def beat() -> str:
    """Beat is up when it sends, and when somebody takes what it sends."""
    _seen("clock")
    return _seen("beat")


def disk() -> str:
    free = shutil.disk_usage(settings.VAR_DIR).free
    if free < LEAST_FREE_DISK:
        raise Down(f"{free // 2**20} MB free")
    return f"{free / 2**30:.1f} GB free"


def files_answer() -> str:
    try:
        return files.check()
    except Unavailable as error:
        raise Down(error.message) from None


def _seen(part: str) -> str:
    age = pulse.age(part)
    if age is None:
        raise Down("never seen")
    if age > pulse.LOST_AFTER:
        raise Down(f"last seen {age:.0f} s ago")
    return f"seen {age:.0f} s ago"


PARTS: dict[str, Callable[[], str]] = {
    "database": database,
    "cache": cache_answers,
    "broker": broker,
    "worker": worker,
    "beat": beat,
    "disk": disk,
    "files": files_answer,
}


def look() -> list[Part]:
    """Ask every part."""
    return [_ask(name, question) for name, question in PARTS.items()]


def _ask(name: str, question: Callable[[], str]) -> Part:
    started = time.perf_counter()
    try:
        up, detail = True, question()
    except Down as reason:
        up, detail = False, str(reason)
    except Exception as error:  # the kind alone: messages of drivers name hosts and users
        up, detail = False, type(error).__name__
    return Part(name, up, detail, (time.perf_counter() - started) * 1000)


@require_GET
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all."""
    return JsonResponse({"status": "live"})


@require_GET
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """200 when every part is up, else 503; either way, each part with its state and latency.

    Whoever may read the figures is told the releases as well. A provider of models that rests
    makes nothing unready: runs wait for it.
    """
    parts = look()
    up = all(part.up for part in parts)
    body: dict[str, Any] = {
        "status": "ready" if up else "not ready",
        "mode": settings.MODE,
        "parts": {part.name: part.as_dict() for part in parts},
        "model_providers": _providers(),
    }
    if _may_read_figures(request):
        for name, told in body["parts"].items():
            told["version"] = version_of(name)
    else:
        for told in body["model_providers"].values():
            told.pop("version")
    return JsonResponse(body, status=200 if up else 503)


def _providers() -> dict[str, dict[str, Any]]:
    try:
        return {
            one.name: {
                "state": one.state,
                "detail": one.detail,
                "latency_ms": one.latency_ms and round(one.latency_ms, 1),
                "version": one.version,
            }
            for one in providers()
        }
    except Exception:  # the database's own state tells of it
        return {}


@require_GET
@never_cache
def figures(request: HttpRequest) -> HttpResponse:
    """Prometheus' text: for the bearer of METRICS_TOKEN, or from this very machine."""
    if not _may_read_figures(request):
        return HttpResponse(status=403)
    body, content_type = metrics.exposition()
    return HttpResponse(body, content_type=content_type)


def _may_read_figures(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    # Behind a proxy every caller looks as if it were near.
    return not settings.PROXY_COUNT and request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"}


urlpatterns = [
    path("health/live", live, name="health-live"),
    path("health/ready", ready, name="health-ready"),
    path("metrics", figures, name="metrics"),
]
