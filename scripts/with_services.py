"""Run a command with a PostgreSQL and a Redis of its own: DATABASE_URL and REDIS_URL are set.

    python scripts/with_services.py make test

Servers that answer on this machine are used, with a database and a key prefix made for this
run and removed after it. Where none answers, servers are started on free ports; where their
programs are missing, they are installed if this is root on Debian.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis

NAME = f"mc_run_{os.getpid()}"
PATIENCE = 30.0  # seconds for a server to answer


def main(command: list[str]) -> int:
    with contextlib.ExitStack() as stack:
        server = _answering_postgres() or stack.enter_context(_own_postgres())
        redis_url = _answering_redis() or stack.enter_context(_own_redis())
        database = stack.enter_context(_database(server))
        stack.callback(_forget, redis_url)
        _say(f"PostgreSQL at {urlsplit(server).netloc}, Redis at {urlsplit(redis_url).netloc}")
        environment = {
            **os.environ,
            "DATABASE_URL": database,
            "REDIS_URL": redis_url,
            "REDIS_PREFIX": NAME,
        }
        return subprocess.run(command, env=environment, check=False).returncode


# --- PostgreSQL -----------------------------------------------------------------------------


def _answering_postgres() -> str | None:
    """The address of a server here that lets us make databases."""
    user = os.environ.get("USER", "root")
    candidates = [os.environ.get("DATABASE_URL", "")] + [
        f"postgres://{name}@127.0.0.1:5432/postgres" for name in dict.fromkeys(["postgres", user])
    ]
    for url in filter(None, candidates):
        try:
            with psycopg.connect(url, connect_timeout=3) as connection:
                row = connection.execute(
                    "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
                ).fetchone()
        except psycopg.Error:
            continue
        if row and row[0]:
            return url
    return None


@contextlib.contextmanager
def _own_postgres() -> Iterator[str]:
    binaries = _postgres_binaries()
    if binaries is None:
        _install("postgresql")
        binaries = _postgres_binaries()
    if binaries is None:
        sys.exit("PostgreSQL is missing, and could not be installed: apt-get install postgresql")
    # PostgreSQL refuses to run as root.
    user = None if os.geteuid() else _somebody()
    with _folder(user) as folder:
        data = folder / "data"
        subprocess.run(
            [binaries / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8"],
            user=user,
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
        )
        port = _free_port()
        url = f"postgres://postgres@127.0.0.1:{port}/postgres"
        options = {"listen_addresses": "127.0.0.1", "fsync": "off", "max_connections": "200"}
        arguments = [f"--{name}={value}" for name, value in options.items()]
        with _server(
            [binaries / "postgres", "-D", data, "-p", str(port), "-k", folder, *arguments],
            answers=lambda: psycopg.connect(url, connect_timeout=1).close(),
            user=user,
        ):
            yield url


def _postgres_binaries() -> Path | None:
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


@contextlib.contextmanager
def _database(server: str) -> Iterator[str]:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{NAME}"'.encode())
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{NAME}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            left = connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"%{NAME}%"]
            ).fetchall()
            for (name,) in left:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


# --- Redis ----------------------------------------------------------------------------------


def _answering_redis() -> str | None:
    for url in filter(None, [os.environ.get("REDIS_URL", ""), "redis://127.0.0.1:6379/15"]):
        try:
            redis.Redis.from_url(url, socket_connect_timeout=3).ping()
        except redis.RedisError:
            continue
        return url
    return None


@contextlib.contextmanager
def _own_redis() -> Iterator[str]:
    if not shutil.which("redis-server"):
        _install("redis-server")
    program = shutil.which("redis-server")
    if program is None:
        sys.exit("Redis is missing, and could not be installed: apt-get install redis-server")
    port = _free_port()
    url = f"redis://127.0.0.1:{port}/0"
    with (
        _folder() as folder,
        _server(
            [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
            answers=lambda: redis.Redis.from_url(url).ping(),
        ),
    ):
        yield url


def _forget(url: str) -> None:
    """Remove what this run has left: every key has the prefix in its name."""
    with contextlib.suppress(redis.RedisError):
        client = redis.Redis.from_url(url)
        for key in client.scan_iter(match=f"*{NAME}*", count=1000):
            client.delete(key)


# --- Servers --------------------------------------------------------------------------------


@contextlib.contextmanager
def _server(
    command: list[str | Path], *, answers: Callable[[], object], user: str | None = None
) -> Iterator[None]:
    process = subprocess.Popen(
        command, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answers()
                break
            except (psycopg.Error, redis.RedisError):
                if process.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"{command[0]} does not answer")
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _install(package: str) -> None:
    if os.geteuid() or not shutil.which("apt-get"):
        return
    _say(f"Installing {package} …")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", package]):
        subprocess.run(
            ["apt-get", "-qq", *command], env=environment, check=False, capture_output=True
        )


@contextlib.contextmanager
def _folder(owner: str | None = None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mc-") as name:
        if owner:
            shutil.chown(name, user=owner)
        yield Path(name)


def _somebody() -> str:
    users = {line.split(":")[0] for line in Path("/etc/passwd").read_text().splitlines()}
    return "postgres" if "postgres" in users else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
