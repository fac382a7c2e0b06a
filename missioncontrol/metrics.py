"""Counters for Prometheus. Counting asks no database; what it knows is asked at a scrape."""

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from celery import signals
from django.http import HttpRequest, HttpResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)

if TYPE_CHECKING:
    from missioncontrol.figures import DatabaseFigures

REQUESTS = Counter("mc_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "mc_request_seconds",
    "Time from a request to its answer.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

JOBS = Counter("mc_jobs_total", "Jobs that workers of this installation began.", ["job"])

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


@signals.task_prerun.connect
def count_job(task: object = None, **_: object) -> None:
    """Every job counts, the fixed ones of the clock too."""
    JOBS.labels(getattr(task, "name", "unknown")).inc()


class RequestMetrics:
    """Counts and times every request, by route, so that ids do not make series of their own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        route = match.route if match else "none"
        method = request.method if request.method in _METHODS else "other"
        REQUESTS.labels(method, route, response.status_code).inc()
        SECONDS.labels(method, route).observe(time.perf_counter() - started)
        return response


_database: "DatabaseFigures | None" = None


def forget() -> None:
    """Ask the database anew at the next scrape."""
    global _database
    _database = None


def exposition() -> tuple[bytes, str]:
    """The text and its content type; of all web processes where there are several."""
    # Loaded with the first scrape: it knows every room.
    from missioncontrol.figures import DatabaseFigures

    global _database
    _database = _database or DatabaseFigures()
    registry: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    asked = CollectorRegistry()
    asked.register(_database)
    return generate_latest(registry) + generate_latest(asked), CONTENT_TYPE_LATEST
