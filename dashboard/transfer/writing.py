"""From a workspace to a file."""

import base64
import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage

from accounts.models import Workspace
from core.errors import NotFound, Unavailable
from dashboard.transfer.snapshot import snapshot
from dashboard.transfer.tables import TABLES, Table

FORMAT = 1
KIND = "missioncontrol.workspace"
MANIFEST = "manifest.json"
CHUNK = 500
_BLOCK = 256 * 1024


@dataclass
class ExportReport:
    """What was written."""

    path: str
    workspace: str
    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    size: int = 0
    missing: list[str] = field(default_factory=list)


def export_workspace(*, workspace: Workspace, path: Path) -> ExportReport:
    """Write the whole workspace to a file that only this user may read.

    It is one moment of the workspace, however long it takes and whoever works meanwhile. The
    file is there whole or not at all. Files that are missing on disk are told, not fatal.
    """
    report = ExportReport(str(path), workspace.slug)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise Unavailable(f"{path.parent} cannot be written to: {error.strerror}.") from error
    draft = Path(name)
    try:
        with (
            os.fdopen(handle, "w+b") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
            snapshot(),
        ):
            manifest = _write(archive, workspace, report)
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
        report.size = draft.stat().st_size
        draft.replace(path)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)
    return report


def _write(archive: zipfile.ZipFile, workspace: Workspace, report: ExportReport) -> dict[str, Any]:
    home = Workspace.objects.filter(pk=workspace.pk).first()
    if home is None:
        raise NotFound("This workspace is gone.")
    tables = []
    for table in TABLES:
        files = _write_files(archive, table, home, report) if table.files else {}
        count, digest = _write_table(archive, table, home, files)
        report.rows[table.label] = count
        tables.append({"model": table.label, "rows": count, "sha256": digest})
    return {
        "kind": KIND,
        "format": FORMAT,
        "made_at": datetime.now(UTC).isoformat(),
        "workspace": {"id": str(home.pk), "slug": home.slug, "name": home.name},
        "last_event": home.last_event,
        "tables": tables,
        "files": report.files,
    }


def _write_files(
    archive: zipfile.ZipFile, table: Table, home: Workspace, report: ExportReport
) -> dict[tuple[Any, str], dict[str, Any]]:
    """Put the files of a table into the archive; what its rows then say of each."""
    told: dict[tuple[Any, str], dict[str, Any]] = {}
    for column in table.files:
        rows = table.rows(home).exclude(**{column.name: ""}).values_list("pk", column.attname)
        for key, name in rows.iterator(CHUNK):
            member = f"files/{key}.{column.name}"
            try:
                size, digest = _copy(archive, name, member)
            except OSError:
                report.missing.append(name)
                told[key, column.name] = {"member": None, "name": Path(name).name}
                continue
            report.files += 1
            told[key, column.name] = {
                "member": member,
                "name": Path(name).name,
                "size": size,
                "sha256": digest,
            }
    return told


def _copy(archive: zipfile.ZipFile, name: str, member: str) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    # As they are: most are packed already.
    entry = zipfile.ZipInfo(member)
    with default_storage.open(name) as source, archive.open(entry, "w", force_zip64=True) as to:
        while block := source.read(_BLOCK):
            digest.update(block)
            size += len(block)
            to.write(block)
    return size, digest.hexdigest()


def _write_table(
    archive: zipfile.ZipFile,
    table: Table,
    home: Workspace,
    files: dict[tuple[Any, str], dict[str, Any]],
) -> tuple[int, str]:
    digest, count = hashlib.sha256(), 0
    with archive.open(table.member, "w", force_zip64=True) as to:
        for line in _lines(table, home, files):
            digest.update(line)
            to.write(line)
            count += 1
    return count, digest.hexdigest()


def _lines(
    table: Table, home: Workspace, files: dict[tuple[Any, str], dict[str, Any]]
) -> Iterator[bytes]:
    names = [column.attname for column in table.fields]
    for key, *values in table.rows(home).values_list("pk", *names).iterator(CHUNK):
        row = dict(zip(names, values, strict=True))
        for column in table.files:
            row[column.attname] = files.get((key, column.name))
        yield json.dumps(row, ensure_ascii=False, default=_plain).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    raise TypeError(f"{type(value).__name__} cannot be exported")
