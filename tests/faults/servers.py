"""Databases and brokers: borrowed where they answer, of our own where we kill them."""

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis

from tests.ports import free_port

PATIENCE_S = 30.0


def wait_for(answers: Callable[[], object], *, within: float = PATIENCE_S) -> None:
    """Wait until `answers` raises nothing."""
    deadline = time.monotonic() + within
    while True:
        try:
            answers()
            return
        except (psycopg.Error, redis.RedisError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


class Database(Protocol):
    """The database under test, asked without any code of the house."""

    @property
    def url(self) -> str: ...

    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...


def one(database: Database, sql: str) -> Any:
    """The one value that a query gives."""
    return database.rows(sql)[0][0]


@dataclass
class Postgres:
    """A database on a PostgreSQL server."""

    url: str

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []


@dataclass
class Sqlite:
    """A database in a file."""

    path: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path, timeout=20)) as connection:
            rows: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
            connection.commit()
            return rows


def answering_postgres() -> str:
    """The address of a server here that lets us make databases; skips without one."""
    user = os.environ.get("USER", "root")
    for url in filter(
        None,
        [
            os.environ.get("DATABASE_URL", ""),
            "postgres://postgres@127.0.0.1:5432/postgres",
            f"postgres://{user}@127.0.0.1:5432/postgres",
        ],
    ):
        try:
            with psycopg.connect(url, connect_timeout=3):
                return url
        except psycopg.Error:
            continue
    pytest.skip("needs a PostgreSQL server: `scripts/with_services.py make faults` brings one")


def answering_redis() -> str:
    """The address of a Redis here; skips without one."""
    for url in filter(None, [os.environ.get("REDIS_URL", ""), "redis://127.0.0.1:6379/14"]):
        try:
            redis.Redis.from_url(url, socket_connect_timeout=3).ping()
        except redis.RedisError:
            continue
        return url
    pytest.skip("needs a Redis server: `scripts/with_services.py make faults` brings one")


@contextmanager
def database_of(server: str, name: str, *, template: str = "template1") -> Iterator[Postgres]:
    """A database of that name on the server, copied from another one, and gone afterwards."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
    try:
        yield Postgres(urlunsplit(urlsplit(server)._replace(path=f"/{name}")))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def programs_of_postgres() -> Path:
    """The folder of initdb, pg_dump and the rest; skips without one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    on_path = shutil.which("initdb")
    if not found and not on_path:
        pytest.skip("needs the programs of the PostgreSQL server")
    return Path(on_path).resolve().parent if on_path else found[0].parent


class OwnRedis:
    """A Redis server that may be killed, emptied and started again."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("needs the program redis-server")
        self._program = program
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        port = str(self._port)
        arguments: list[str | Path] = [
            "--port",
            port,
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            self._folder,
        ]
        self._process = subprocess.Popen(
            [self._program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(lambda: redis.Redis.from_url(self.url).ping())

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def flush(self) -> None:
        redis.Redis.from_url(self.url).flushall()


class OwnPostgres:
    """A PostgreSQL cluster that may be stopped at once and started again."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._settings = "".join(f" -c {name}={value}" for name, value in settings.items())
        self._bin = programs_of_postgres()
        # The server refuses to run as root.
        self._user = None if os.geteuid() else _somebody()
        self._data = folder / "data"
        self._port = free_port()
        if self._user:
            shutil.chown(folder, self._user)
            for above in folder.parents:
                if above != Path(above.anchor) and above.owner() == "root":
                    above.chmod(above.stat().st_mode | 0o011)
        self._folder = folder
        options: list[str | Path] = [
            "-D",
            self._data,
            "-A",
            "trust",
            "-U",
            "postgres",
            "-E",
            "UTF8",
        ]
        self._run("initdb", *options)
        self.url = f"postgres://postgres@127.0.0.1:{self._port}/postgres"

    def _run(self, program: str, *arguments: str | Path) -> None:
        # A file, since the server that is started would keep a pipe open.
        said = self._folder / "said"
        with said.open("wb") as out:
            done = subprocess.run(
                [self._bin / program, *arguments],
                user=self._user,
                cwd=self._folder,
                check=False,
                stdout=out,
                stderr=out,
            )
        assert done.returncode == 0, f"{program}: {said.read_text()[-2000:]}"

    def start(self) -> None:
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1"
        options += self._settings
        log = self._folder / "log"
        self._run("pg_ctl", "start", "-w", "-D", self._data, "-l", log, "-o", options)
        wait_for(lambda: psycopg.connect(self.url, connect_timeout=1).close())

    def stop(self, how: str = "immediate") -> None:
        """Stop the server; "immediate" is a crash: it recovers when it starts again."""
        self._run("pg_ctl", "stop", "-w", "-D", self._data, "-m", how)


def _somebody() -> str:
    users = {line.split(":")[0] for line in Path("/etc/passwd").read_text().splitlines()}
    return "postgres" if "postgres" in users else "nobody"
