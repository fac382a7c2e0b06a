"""A back-up of an installation on SQLite: database, uploads and secret key in one file.

The key goes along because the keys of models are encrypted with it; so the file opens
everything, and only its owner may read it.
"""

import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader

from core.errors import Conflict, Invalid, Unavailable
from missioncontrol.embedded import AlreadyRunning, only_one

DATABASE, KEY, MEDIA = "database.sqlite3", "secret_key", "media"
_UPLOAD = re.compile(r"media/[^/\x00-\x1f\\]{1,255}(/[^/\x00-\x1f\\]{1,255}){0,10}")
_SPARE = 64 * 1024 * 1024  # bytes that a restore leaves free


@dataclass
class BackupReport:
    """What was written, or put back."""

    path: str
    size: int
    files: int
    kept: str = ""


def backup(path: Path) -> BackupReport:
    """Write the database as of one moment, the uploads and the key. It may run meanwhile.

    Nobody waits for it. The copy of the database is checked before the file appears, and it
    appears whole or not at all. Raises Unavailable where the database is not SQLite.
    """
    _sqlite_only()
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
            copy, draft = Path(folder) / DATABASE, Path(folder) / "draft"
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(copy)])
            _check(copy)
            files = _pack(draft, copy)
            draft.replace(path)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror or error}.") from error
    return BackupReport(str(path), path.stat().st_size, files)


def restore(path: Path) -> BackupReport:
    """Put a back-up in the place of what is here. Nothing may run meanwhile.

    The file is unpacked and checked first. What was here before is moved aside, not deleted;
    `kept` says where it lies. Raises Conflict while Mission Control runs.
    """
    _sqlite_only()
    try:
        with only_one(settings.VAR_DIR / "run.lock"):
            return _restore(path)
    except AlreadyRunning as error:
        raise Conflict(f"{error} Stop it first.") from error
    except FileNotFoundError as error:
        raise Invalid(f"There is no file {path}.", field="file") from error
    except (tarfile.TarError, EOFError, sqlite3.DatabaseError) as error:
        raise Invalid("The file is damaged, or no back-up at all.", field="file") from error
    except OSError as error:
        raise Invalid(f"It could not be put back: {error.strerror or error}.") from error


def _restore(path: Path) -> BackupReport:
    with tempfile.TemporaryDirectory(dir=settings.VAR_DIR, prefix=".restore.") as name:
        folder = Path(name)
        files = _unpack(path, folder)
        _check(folder / DATABASE)
        _check_version(folder / DATABASE)
        kept = settings.VAR_DIR / f"before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        kept.mkdir(mode=0o700)
        connections.close_all()
        database = Path(connection.settings_dict["NAME"])
        for old in (database, *(Path(f"{database}{end}") for end in ("-wal", "-shm"))):
            if old.exists():
                old.replace(kept / old.name)
        if settings.MEDIA_ROOT.exists():
            settings.MEDIA_ROOT.replace(kept / MEDIA)
        (folder / DATABASE).replace(database)
        (folder / MEDIA).replace(settings.MEDIA_ROOT)
        own = settings.VAR_DIR / KEY
        if (folder / KEY).exists():
            if own.exists():
                own.replace(kept / KEY)
            (folder / KEY).replace(own)
    return BackupReport(str(path), path.stat().st_size, files, str(kept))


def _sqlite_only() -> None:
    if connection.vendor != "sqlite":
        raise Unavailable(
            "This is for SQLite. With PostgreSQL: pg_dump --format=custom --file=FILE "
            '"$DATABASE_URL" and pg_restore --clean --if-exists --no-owner '
            '--dbname="$DATABASE_URL" FILE; '
            f"and keep {settings.MEDIA_ROOT} and the secret key as well."
        )


def _pack(draft: Path, copy: Path) -> int:
    files = 0
    key = settings.VAR_DIR / KEY
    with _private(draft), tarfile.open(draft, "w:gz", compresslevel=6) as archive:
        archive.add(copy, DATABASE)
        if key.exists():
            archive.add(key, KEY)
        for file in sorted(settings.MEDIA_ROOT.rglob("*")):
            if file.is_file() and not file.is_symlink():
                archive.add(file, f"{MEDIA}/{file.relative_to(settings.MEDIA_ROOT)}")
                files += 1
    return files


@contextmanager
def _private(path: Path) -> Iterator[None]:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    yield


def _unpack(path: Path, folder: Path) -> int:
    """Take out what a back-up holds, and nothing else; under names that were looked at."""
    room = shutil.disk_usage(folder).free - _SPARE
    files, found = 0, set()
    (folder / MEDIA).mkdir()
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            name = member.name
            upload = _UPLOAD.fullmatch(name) and ".." not in name.split("/")
            if not member.isreg() or not (upload or name in (DATABASE, KEY)) or name in found:
                raise Invalid(f"“{name[:80]}” has no place in a back-up.")
            room -= member.size
            if room < 0:
                raise Invalid("There is not enough room on the disk for what is in it.")
            found.add(name)
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            source = archive.extractfile(member)
            assert source is not None  # it is a regular file
            with source, target.open("xb") as to:
                shutil.copyfileobj(source, to)
            target.chmod(0o640 if upload else 0o600)
            files += bool(upload)
    if DATABASE not in found:
        raise Invalid("There is no database in it.")
    return files


def _check(database: Path) -> None:
    with closing(sqlite3.connect(database)) as link:
        verdict = link.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if verdict != "ok":
        raise Invalid(f"The database in it is damaged: {verdict}.")


def _check_version(database: Path) -> None:
    """A newer version's tables are not for this one; an older one's are migrated at the start."""
    with closing(sqlite3.connect(database)) as link:
        applied = set(link.execute("SELECT app, name FROM django_migrations"))
    known = set(MigrationLoader(None).disk_migrations or ())
    ours = {app for app, _ in known}
    if newer := sorted(one for one in applied - known if one[0] in ours):
        app, name = newer[0]
        raise Invalid(f"It was made by a newer version ({app} {name}). Upgrade first.")
