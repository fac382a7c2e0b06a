"""A database, a broker and a fleet for each test."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from tests.faults import servers
from tests.faults.fleet import Fleet
from tests.faults.servers import Postgres, Sqlite

# What make faults takes on two cores at 1: about a quarter of an hour.
SCALE = float(os.environ.get("FAULTS_SCALE", "1"))
# As often and as long as is promised, which takes over an hour.
FULL = os.environ.get("FAULTS_FULL", "") not in ("", "0")


LONGEST_S = 4 * 3600 if FULL else int(900 * max(1.0, SCALE))


def times(usual: int, full: int) -> int:
    """How often something is done: usually, or with FAULTS_FULL=1 as often as is promised."""
    return full if FULL else max(2, int(usual * SCALE))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.faults)


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """In place of the one of the whole suite: the tests here touch no cache of this process."""


@pytest.fixture(autouse=True)
def _bounded() -> Iterator[None]:
    """No test holds up the others for ever; what it started is ended by its fixtures."""

    def give_up(number: int, frame: object) -> None:
        pytest.fail(f"not over after {LONGEST_S} s")

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LONGEST_S)
    yield
    signal.alarm(0)


@pytest.fixture(scope="session")
def server() -> str:
    return servers.answering_postgres()


@pytest.fixture(scope="session")
def template(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with all tables, to copy from."""
    name = f"mc_faults_{os.getpid()}"
    with servers.database_of(server, name) as database:
        Fleet(tmp_path_factory.mktemp("template"), database).stage("prepare")
        yield name


@pytest.fixture
def postgres(server: str, template: str) -> Iterator[Postgres]:
    with servers.database_of(server, f"{template}_test", template=template) as database:
        yield database


@pytest.fixture
def broker() -> Iterator[str]:
    """A database of its own on the Redis that answers here."""
    url = servers.answering_redis()
    redis.Redis.from_url(url).flushdb()
    yield url
    redis.Redis.from_url(url).flushdb()


@pytest.fixture
def fleet(postgres: Postgres, broker: str, tmp_path: Path) -> Iterator[Fleet]:
    """No process yet, on PostgreSQL and Redis."""
    fleet = Fleet(tmp_path, postgres, broker)
    yield fleet
    fleet.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sqlite")
    database = Sqlite(folder / "template.sqlite3")
    Fleet(folder, database).stage("prepare")
    database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    return database.path


@pytest.fixture
def sqlite_fleet(sqlite_template: Path, tmp_path: Path) -> Iterator[Fleet]:
    """No process yet, on SQLite."""
    path = tmp_path / "test.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    fleet = Fleet(tmp_path, Sqlite(path))
    yield fleet
    fleet.close()


FIGURES: list[str] = []


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Keep figures for the end of the session; docs/measured.md has those of one machine."""

    def say(**figures: object) -> None:
        words = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items())
        FIGURES.append(f"{request.node.name}: {words}")

    return say


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if FIGURES:
        terminalreporter.section("measured")
        for line in FIGURES:
            terminalreporter.write_line(line)
