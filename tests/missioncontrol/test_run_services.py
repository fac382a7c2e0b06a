"""`manage.py run` with PostgreSQL and Redis: supervised processes."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings

from tests.missioncontrol.house import House, eventually, is_gone

pytestmark = pytest.mark.skipif(
    not (settings.DATABASE_URL.startswith("postgres") and settings.REDIS_URL),
    reason="needs DATABASE_URL and REDIS_URL",
)


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The address of a database of its own on the server of the tests."""
    import psycopg

    server = urlsplit(settings.DATABASE_URL)
    name = f"mc_run_{os.getpid()}"
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        yield urlunsplit(server._replace(path=f"/{name}"))
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


@pytest.fixture(scope="module")
def environment(database: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    environment = {
        "DATABASE_URL": database,
        "REDIS_URL": settings.REDIS_URL,
        "REDIS_PREFIX": f"mc-run-{os.getpid()}",
        "WORKERS": "1",
        "WEB_PROCESSES": "2",
    }
    House(tmp_path_factory.mktemp("var"), environment=environment).prepare()
    return environment


@pytest.fixture
def house(environment: dict[str, str], tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path, environment=environment)
    house.start()
    yield house
    house.close()


def test_every_part_is_a_process_and_comes_up(house: House) -> None:
    eventually(house.is_ready)
    assert sorted(house.children().values()) == ["beat", "web", "web", "worker"]
    assert house.get("/health/ready")[1]["mode"] == "services"


def test_ctrl_c_stops_every_process(house: House) -> None:
    eventually(house.is_ready)
    pids = list(house.children())
    assert house.stop(signal.SIGINT) == 0
    assert all(is_gone(pid) for pid in pids)


def test_a_part_that_dies_is_started_again(house: House) -> None:
    eventually(house.is_ready)
    [old] = [pid for pid, part in house.children().items() if part == "worker"]
    os.kill(old, signal.SIGKILL)
    eventually(lambda: "worker" in {p for pid, p in house.children().items() if pid != old})


def test_no_child_outlives_a_killed_parent(house: House) -> None:
    eventually(house.is_ready)
    pids = list(house.children())
    house.close()
    eventually(lambda: all(is_gone(pid) for pid in pids))
