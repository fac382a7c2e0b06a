"""A back-up taken while everybody writes, and put back: nothing acknowledged is missing."""

import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.faults.fleet import Fleet, eventually
from tests.faults.servers import Postgres, Sqlite, database_of, programs_of_postgres

TASKS = "SELECT id FROM tasks_task"
# Workspaces whose log has a hole.
HOLES = (
    "SELECT workspace_id FROM activity_activity GROUP BY workspace_id "
    "HAVING max(number) <> count(*)"
)


def write(fleet: Fleet) -> "subprocess.Popen[bytes]":
    """Somebody who makes one task after the other; returns when a good many are there."""
    seeded = fleet.stage("seed", agents=1, reviewers=0)
    writer = fleet.begin("writer", actor=seeded["actor"], every=0.0)
    assert eventually(lambda: fleet.ledger.count("acknowledged") > 50, within=60), fleet.said()
    return writer


def acknowledged(fleet: Fleet) -> set[str]:
    return {entry["task"].replace("-", "") for entry in fleet.ledger.read("acknowledged")}


def kept(database: Sqlite | Postgres) -> set[str]:
    return {str(row[0]).replace("-", "") for row in database.rows(TASKS)}


def manage(fleet: Fleet, *words: str, **environment: str) -> None:
    done = fleet.start("manage.py", *words, **environment)
    assert done.wait(120) == 0, fleet.said()[-3000:]
    fleet.processes.remove(done)


def test_a_backup_on_sqlite(sqlite_fleet: Fleet, measured: Callable[..., None]) -> None:
    fleet = sqlite_fleet
    # Where a house keeps its own database, which is the one that is backed up.
    var = Path(fleet.environment["VAR_DIR"])
    manage(fleet, "prepare", "--no-static", DATABASE_URL="")
    fleet.database = Sqlite(var / "missioncontrol.sqlite3")
    fleet.environment["DATABASE_URL"] = ""
    write(fleet)
    before = acknowledged(fleet)
    archive, elsewhere = fleet.folder / "house.tar.gz", fleet.folder / "elsewhere"
    manage(fleet, "backup", str(archive))
    after = acknowledged(fleet)
    manage(fleet, "restore", str(archive), VAR_DIR=str(elsewhere))

    copy = Sqlite(elsewhere / "missioncontrol.sqlite3")
    missing = before - kept(copy)
    measured(before=len(before), meanwhile=len(after - before), missing=len(missing))
    assert not missing
    assert len(after) > len(before), "somebody wrote all the while"
    assert copy.rows("PRAGMA integrity_check") == [("ok",)]
    assert copy.rows(HOLES) == []


def test_a_copy_of_the_file_alone_is_none(sqlite_fleet: Fleet) -> None:
    writer = write(sqlite_fleet)
    assert isinstance(sqlite_fleet.database, Sqlite)
    path = sqlite_fleet.database.path
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        # Somebody reads on: what is written from now on stays beside the file until they end.
        reader.execute("BEGIN")
        reader.execute(TASKS).fetchall()
        known = len(acknowledged(sqlite_fleet))
        assert eventually(lambda: len(acknowledged(sqlite_fleet)) > known + 5, within=60)
        writer.send_signal(signal.SIGSTOP)
        before = acknowledged(sqlite_fleet)
        copied = shutil.copy(path, sqlite_fleet.folder / "copy.sqlite3")
    writer.send_signal(signal.SIGCONT)

    assert before - kept(Sqlite(Path(copied)))


def test_a_backup_on_postgresql(fleet: Fleet, server: str, measured: Callable[..., None]) -> None:
    writer = write(fleet)
    before = acknowledged(fleet)
    dump = fleet.folder / "mc.dump"
    programs = programs_of_postgres()
    arguments = ["--format=custom", f"--file={dump}", fleet.database.url]
    subprocess.run([programs / "pg_dump", *arguments], check=True, timeout=120)
    time.sleep(0.5)
    fleet.stop(writer)
    after = acknowledged(fleet)
    with database_of(server, "mc_faults_restored", template="template0") as restored:
        back = ["--no-owner", f"--dbname={restored.url}", str(dump)]
        subprocess.run([programs / "pg_restore", *back], check=True, timeout=120)
        there = kept(restored)
        holes = restored.rows(HOLES)

    measured(before=len(before), meanwhile=len(after - before), missing=len(before - there))
    assert not before - there
    assert holes == []
    assert after - there, "the account does notice what is not in it"
