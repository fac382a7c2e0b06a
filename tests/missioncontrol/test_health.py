"""What the house says of its own state."""

import re
import time
from collections.abc import Iterator
from importlib.metadata import version

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from accounts.models import Workspace
from missioncontrol import figures, health, metrics, pulse
from modules.models import AIModel, Breaker, Call
from tasks.actions import create_task
from tasks.models import Task


@pytest.fixture(autouse=True)
def _no_pulse() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def all_alive() -> None:
    for part in ("worker", "clock", "beat"):
        pulse.give(part)


def test_it_lives_without_asking_anyone(client: Client) -> None:
    response = client.get("/health/live")
    assert response.status_code == 200
    assert response.json() == {"status": "live"}


@pytest.mark.django_db
@pytest.mark.usefixtures("all_alive")
def test_it_is_ready_when_every_part_is_up(client: Client) -> None:
    response = client.get("/health/ready")
    assert response.status_code == 200, response.json()
    body = response.json()
    assert body["status"] == "ready"
    for part in body["parts"].values():
        assert part["state"] == "up"
        assert part["latency_ms"] >= 0


@pytest.mark.django_db
@pytest.mark.usefixtures("all_alive")
def test_each_part_tells_its_release_to_those_who_may_read_the_figures(client: Client) -> None:
    near = client.get("/health/ready").json()["parts"]
    assert set(near) == {"database", "cache", "broker", "worker", "beat", "disk", "files"}
    for name, told in near.items():
        if name not in {"disk", "files"}:
            assert re.search(r"\d+\.\d+", told["version"]), name
    with connection.cursor() as cursor:
        vendor = connection.vendor == "postgresql"
        cursor.execute("SHOW server_version" if vendor else "SELECT sqlite_version()")
        assert near["database"]["version"] == cursor.fetchone()[0]
    far = client.get("/health/ready", REMOTE_ADDR="192.0.2.7").json()
    assert all("version" not in told for told in far["parts"].values())


@pytest.mark.django_db
@pytest.mark.usefixtures("all_alive")
def test_the_providers_of_models_are_told_and_a_rest_makes_nothing_unready(
    client: Client, workspace: Workspace
) -> None:
    model = AIModel.objects.create(
        workspace=workspace, name="Far", provider="openai", model_id="some"
    )
    for latency in (100, 300):
        Call.objects.create(
            workspace=workspace,
            model=model,
            model_name="some",
            status=Call.Status.OK,
            latency_ms=latency,
        )
    told = client.get("/health/ready").json()["model_providers"]
    assert told["simulated"]["state"] == "up"
    assert told["openai"]["state"] == "up"
    assert told["openai"]["latency_ms"] == 200.0
    assert told["openai"]["version"] == version("openai")

    Breaker.objects.create(key="openai default 0123", state=Breaker.State.OPEN)
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["model_providers"]["openai"]["state"] == "resting"
    far = client.get("/health/ready", REMOTE_ADDR="192.0.2.7").json()["model_providers"]
    assert "version" not in far["openai"]
    assert "0123" not in str(far)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("silent", "part"), [("worker", "worker"), ("beat", "beat"), ("clock", "beat")]
)
@pytest.mark.usefixtures("all_alive")
def test_a_part_never_seen_is_down(client: Client, silent: str, part: str) -> None:
    cache.delete(f"pulse.{silent}")
    response = client.get("/health/ready")
    assert response.status_code == 503
    down = [name for name, told in response.json()["parts"].items() if told["state"] == "down"]
    assert down == [part]


@pytest.mark.django_db
@pytest.mark.usefixtures("all_alive")
def test_a_part_that_fell_silent_is_down(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    then = cache.get("pulse.worker")
    monkeypatch.setattr(time, "time", lambda: then + 31)
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["parts"]["worker"]["detail"] == "last seen 31 s ago"


@pytest.mark.django_db
@pytest.mark.usefixtures("all_alive")
def test_a_database_that_is_down_is_told_without_its_address(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OperationalError("no route to 10.0.0.5 as user secret")

    monkeypatch.setattr(connection, "cursor", refuse)
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["parts"]["database"]["detail"] == "OperationalError"
    assert "10.0.0.5" not in response.content.decode()


@pytest.mark.django_db
@pytest.mark.usefixtures("all_alive")
def test_a_full_disk_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_FREE_DISK", 2**62)
    assert client.get("/health/ready").json()["parts"]["disk"]["state"] == "down"


def test_a_cache_that_is_down_does_not_stop_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(pulse, "cache", type("Down", (), {"set": refuse}))
    pulse.give("worker")


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_it_is_only_read(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


@pytest.mark.django_db
def test_requests_are_counted_by_route(client: Client) -> None:
    client.get("/health/live")
    client.get("/nowhere/such-place")
    text = client.get("/metrics").content.decode()
    assert 'mc_requests_total{method="GET",route="health/live",status="200"}' in text
    assert "such-place" not in text


@pytest.mark.django_db
def test_the_figures_are_for_this_machine_alone(client: Client, settings: Settings) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 403
    settings.PROXY_COUNT = 1
    assert client.get("/metrics").status_code == 403


@pytest.mark.django_db
def test_a_token_opens_the_figures_from_afar(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "let-me-see"
    assert client.get("/metrics").status_code == 403
    for given, status in [("let-me-see", 200), ("let-me", 403), ("", 403)]:
        response = client.get(
            "/metrics", headers={"Authorization": f"Bearer {given}"}, REMOTE_ADDR="192.0.2.7"
        )
        assert response.status_code == status


@pytest.mark.django_db
def test_metrics_tell_what_the_database_knows(client: Client, workspace: Workspace) -> None:
    owner = workspace.memberships.get().actor
    create_task(actor=owner, title="Paint the shed")

    metrics.forget()
    text = client.get("/metrics").content.decode()

    assert 'mc_tasks{status="inbox"} 1.0' in text
    assert f"mc_events_total {Workspace.objects.get().last_event}.0" in text
    assert "mc_queue_age_seconds 0.0" in text
    assert "mc_heartbeat_lateness_seconds 0.0" in text


@pytest.mark.django_db
def test_metrics_ask_as_much_for_many_rows_as_for_one(client: Client, workspace: Workspace) -> None:
    owner = workspace.memberships.get().actor
    counts = []
    for total in (1, 3, 30):
        while Task.objects.count() < total:
            create_task(actor=owner, title="Paint the shed")
        metrics.forget()
        with CaptureQueriesContext(connection) as asked:
            client.get("/metrics")
        counts.append(len(asked))

    assert counts[0] == counts[1] == counts[2]


@pytest.mark.django_db
def test_metrics_without_a_database_still_tell_of_requests(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("the database is away")

    metrics.forget()
    monkeypatch.setattr(figures, "db_now", away)
    client.get("/health/live")

    answer = client.get("/metrics")

    assert answer.status_code == 200
    assert "mc_requests_total" in answer.content.decode()
