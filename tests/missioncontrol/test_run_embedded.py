"""`manage.py run` without a broker: everything in one process."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.missioncontrol.house import House, eventually
from tests.ports import free_port

# What is started here never has a broker or PostgreSQL, whatever the tests run on.
pytestmark = pytest.mark.skipif(not settings.EMBEDDED, reason="the same as without REDIS_URL")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of data as `manage.py prepare` leaves it; migrated once for all tests here."""
    var = tmp_path_factory.mktemp("var")
    House(var).prepare()
    return var


@pytest.fixture
def house(prepared: Path) -> Iterator[House]:
    house = House(prepared)
    yield house
    house.close()


def test_it_prints_one_line_with_the_link_to_the_first_account(house: House) -> None:
    line = house.start()
    assert f"http://localhost:{house.port}/setup/" in line
    assert house.stop() == 0
    assert house.process is not None
    assert house.process.stdout is not None
    assert house.process.stdout.read() == ""


def test_every_part_comes_up(house: House) -> None:
    house.start()
    eventually(house.is_ready)
    status, body = house.get("/health/ready")
    assert status == 200
    assert body["mode"] == "embedded"
    parts = {"database", "cache", "broker", "worker", "beat", "disk", "files"}
    assert set(body["parts"]) == parts
    assert {part["state"] for part in body["parts"].values()} == {"up"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_of_it(house: House, number: int) -> None:
    house.start()
    assert house.stop(number) == 0
    assert house.get("/health/live") == (0, None)


def test_a_second_one_on_the_same_data_is_refused(house: House, prepared: Path) -> None:
    house.start()
    second = House(prepared, port=free_port()).manage("run")
    assert second.returncode == 1
    assert "already runs" in second.stderr
    assert house.get("/health/live")[0] == 200


def test_a_crash_leaves_no_lock_behind(house: House, prepared: Path) -> None:
    house.start()
    house.close()
    again = House(prepared)
    try:
        assert again.start()
    finally:
        again.close()


def test_a_part_of_its_own_needs_a_broker(house: House) -> None:
    refused = house.manage("run", "worker")
    assert refused.returncode == 1
    assert "REDIS_URL" in refused.stderr


def test_the_account_of_the_environment_is_made_once(tmp_path: Path) -> None:
    house = House(
        tmp_path,
        environment={"DJANGO_SUPERUSER_USERNAME": "ada", "DJANGO_SUPERUSER_PASSWORD": "short"},
    )
    try:
        house.prepare()
        house.prepare()
        line = house.start()
        assert line.endswith(f"http://localhost:{house.port}")
        count = house.manage(
            "shell",
            "-v0",
            "-c",
            "from accounts.models import Membership; print(Membership.objects.count())",
        )
        assert count.stdout.strip() == "1"
    finally:
        house.close()


def test_nothing_heavy_is_loaded_before_it_is_needed(prepared: Path) -> None:
    heavy = {"openai", "anthropic", "weasyprint", "numpy", "trafilatura", "mcp", "soundfile"}
    code = (
        "import sys, missioncontrol.asgi; from missioncontrol.celery import app;"
        " app.loader.import_default_modules();"
        f" print(sorted(set(sys.modules) & {heavy!r}))"
    )
    loaded = House(prepared).manage("shell", "-v0", "-c", code)
    assert loaded.stdout.strip() == "[]", loaded.stdout + loaded.stderr
