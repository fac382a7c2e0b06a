"""A back-up under load, put back: nothing that was committed is missing."""

import io
import sqlite3
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from core.errors import MCError
from missioncontrol.backup import restore
from tests.missioncontrol.house import House, eventually


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> House:
    house = House(tmp_path_factory.mktemp("var"))
    house.prepare()
    (house.var / "media" / "attachments").mkdir(parents=True)
    (house.var / "media" / "attachments" / "lamp.png").write_bytes(b"\x89PNG")
    return house


@pytest.fixture
def saved(prepared: House, tmp_path: Path) -> Path:
    file = tmp_path / "all.tar.gz"
    done = prepared.manage("backup", str(file))
    assert done.returncode == 0, done.stderr
    return file


@pytest.fixture
def other(tmp_path: Path) -> Iterator[House]:
    """Another installation, as fresh as can be."""
    house = House(tmp_path / "other")
    house.var.mkdir()
    yield house
    house.close()


@pytest.fixture
def own_folder(settings: Any, tmp_path: Path) -> Path:
    """Where this process itself would restore to; nothing of it may be touched."""
    settings.VAR_DIR = tmp_path / "own"
    settings.VAR_DIR.mkdir()
    return tmp_path


pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="back-ups are for SQLite")


def rows(house: House, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(house.var / "missioncontrol.sqlite3", timeout=20)) as link:
        return link.execute(sql).fetchall()


def test_it_comes_back_as_it_was(prepared: House, saved: Path, other: House) -> None:
    assert saved.stat().st_mode & 0o077 == 0
    done = other.manage("restore", str(saved))
    assert done.returncode == 0, done.stderr
    ask = "SELECT id, slug FROM accounts_workspace"
    assert rows(other, ask) == rows(prepared, ask)
    assert (other.var / "media" / "attachments" / "lamp.png").read_bytes() == b"\x89PNG"
    assert (other.var / "secret_key").read_text() == (prepared.var / "secret_key").read_text()
    assert (other.var / "secret_key").stat().st_mode & 0o077 == 0
    other.start()
    eventually(other.is_ready)


def test_what_was_there_is_moved_aside(prepared: House, saved: Path, other: House) -> None:
    other.prepare()
    [(slug,)] = rows(other, "SELECT id FROM accounts_workspace")
    assert other.manage("restore", str(saved)).returncode == 0
    [kept] = other.var.glob("before-restore-*")
    with closing(sqlite3.connect(kept / "missioncontrol.sqlite3")) as link:
        assert link.execute("SELECT id FROM accounts_workspace").fetchall() == [(slug,)]


def test_nothing_committed_before_it_is_missing(prepared: House, tmp_path: Path) -> None:
    """Somebody writes all the while; whatever was committed when it began is in it."""
    written, stop = [0], threading.Event()

    def write() -> None:
        path = prepared.var / "missioncontrol.sqlite3"
        with closing(sqlite3.connect(path, timeout=20)) as link:
            while not stop.is_set():
                with link:
                    link.execute("INSERT INTO counted VALUES (?)", (written[0] + 1,))
                written[0] += 1

    with closing(sqlite3.connect(prepared.var / "missioncontrol.sqlite3", timeout=20)) as link:
        link.execute("CREATE TABLE counted (number INTEGER)")
    writer = threading.Thread(target=write)
    writer.start()
    try:
        eventually(lambda: written[0] > 50)
        before = written[0]
        done = prepared.manage("backup", str(tmp_path / "x.tar.gz"))
    finally:
        stop.set()
        writer.join()
    assert done.returncode == 0, done.stderr
    with tarfile.open(tmp_path / "x.tar.gz") as archive:
        archive.extract("database.sqlite3", tmp_path, filter="data")
    with closing(sqlite3.connect(tmp_path / "database.sqlite3")) as copy:
        numbers = [number for (number,) in copy.execute("SELECT number FROM counted ORDER BY 1")]
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert len(numbers) >= before
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_running_house_is_not_overwritten(saved: Path, other: House) -> None:
    other.prepare()
    other.start()
    done = other.manage("restore", str(saved))
    assert done.returncode == 1
    assert "Stop it first" in done.stderr
    assert other.get("/health/live")[0] == 200


def refused(path: Path, words: str) -> None:
    with pytest.raises(MCError, match=words):
        restore(path)


@pytest.mark.parametrize(
    "name", ["../../etc/cron.d/x", "/etc/x", "media/../../x", "media/a/../../../x", "manage.py"]
)
def test_tricks_with_names_are_refused(own_folder: Path, name: str) -> None:
    file = own_folder / "x.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = 1
        archive.addfile(entry, io.BytesIO(b"x"))
    refused(file, "has no place")


def test_links_and_damaged_files_are_refused(own_folder: Path, saved: Path) -> None:
    file = own_folder / "x.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        link = tarfile.TarInfo("media/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    refused(file, "has no place")
    file.write_bytes(saved.read_bytes()[:2000])
    refused(file, "damaged")
    file.write_bytes(b"nothing of the kind")
    refused(file, "damaged")
    refused(own_folder / "none", "no file")


def test_a_newer_versions_back_up_is_refused(other: House, prepared: House, tmp_path: Path) -> None:
    newer = House(tmp_path / "newer")
    newer.var.mkdir()
    assert prepared.manage("backup", str(tmp_path / "x.tar.gz")).returncode == 0
    assert newer.manage("restore", str(tmp_path / "x.tar.gz")).returncode == 0
    with closing(sqlite3.connect(newer.var / "missioncontrol.sqlite3")) as link, link:
        link.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('tasks', '9999_x', '')"
        )
    assert newer.manage("backup", str(tmp_path / "y.tar.gz")).returncode == 0
    assert "newer version" in other.manage("restore", str(tmp_path / "y.tar.gz")).stderr
