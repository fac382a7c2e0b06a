"""Is this file what it says it is? Asked before anything is taken from it."""

import hashlib
import json
import re
import stat
import zipfile
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from core.errors import Invalid
from dashboard.transfer.tables import BY_LABEL, NAMED_NOWHERE, TABLES, Table
from dashboard.transfer.writing import FORMAT, KIND, MANIFEST

MAX_MANIFEST = 1024 * 1024
MAX_LINE = 64 * 1024 * 1024
MAX_SIZE = 20 * 1024**3
# Text compresses to a tenth, the same line over and over to a hundredth; bombs to a thousandth.
MAX_RATIO = 200
_RATIO_FROM = 64 * 1024 * 1024
_BLOCK = 256 * 1024
_FILE = re.compile(r"files/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[a-z_]{1,40}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass
class Content:
    """What a file holds: which rows there are, and which ids may be named in its texts."""

    workspace: dict[str, str]
    tables: list[tuple[Table, int]]
    made_at: str
    ids: "array[int]" = field(default_factory=lambda: array("Q"))

    def knows(self, key: UUID) -> bool:
        """Whether this is the id of a row in the file. By 64 bits of it, which is enough."""
        short = _short(key)
        at = bisect_left(self.ids, short)
        return at < len(self.ids) and self.ids[at] == short


def check(archive: zipfile.ZipFile, *, packed: int) -> Content:
    """Read all of it once: names, sizes, counts, checksums. Raises Invalid.

    `packed` is the size of the file. Nothing is written anywhere, and no more than one line
    is held at a time.
    """
    members = _members(archive, packed)
    content, tables = _manifest(archive, members)
    wanted = {MANIFEST, *(table.member for table in TABLES if table.label in tables)}
    files = {name for name in members if name not in wanted}
    if wanted - members.keys():
        raise Invalid(f"The file lacks {min(wanted - members.keys())}.")
    if strange := [name for name in files if not _FILE.fullmatch(name)]:
        raise Invalid(f"“{strange[0][:80]}” has no place in an export.")
    ids: array[int] = array("Q")
    for table in TABLES:
        if table.label in tables:
            _check_table(archive, table, tables[table.label], files, ids)
    if files:
        raise Invalid(f"No row speaks of {min(files)}.")
    content.ids = array("Q", sorted(ids))
    return content


def lines(archive: zipfile.ZipFile, table: Table) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """The rows of a table, each with the line it stands on."""
    number = 0
    with archive.open(table.member) as source:
        while line := source.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise Invalid(f"{table.label}, line {number}: too long.")
            try:
                row = json.loads(line, parse_constant=_refuse)
            except (ValueError, RecursionError) as error:
                raise Invalid(f"{table.label}, line {number}: no JSON.") from error
            if not isinstance(row, dict):
                raise Invalid(f"{table.label}, line {number}: no object.")
            yield line, row


def blocks(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    """The content of a member, a piece at a time."""
    with archive.open(member) as source:
        while block := source.read(_BLOCK):
            yield block


def _members(archive: zipfile.ZipFile, packed: int) -> dict[str, zipfile.ZipInfo]:
    found: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        if info.filename in found:
            raise Invalid(f"“{info.filename[:80]}” is in the file twice.")
        if info.flag_bits & 0x1:
            raise Invalid("The file is encrypted.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Invalid("The file is packed in a way that exports are not.")
        if info.is_dir() or stat.S_ISLNK(info.external_attr >> 16):
            raise Invalid(f"“{info.filename[:80]}” is no plain file.")
        found[info.filename] = info
    size = sum(info.file_size for info in found.values())
    if size > MAX_SIZE:
        raise Invalid(f"Unpacked it would be {size / 2**30:.0f} GB; {MAX_SIZE >> 30} is the most.")
    if size > _RATIO_FROM and size > packed * MAX_RATIO:
        raise Invalid("The file is packed so tightly that it can only be a trap.")
    return found


def _manifest(
    archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]
) -> tuple[Content, dict[str, tuple[int, str]]]:
    info = members.get(MANIFEST)
    if info is None or info.file_size > MAX_MANIFEST:
        raise Invalid("This is no export of a workspace: it has no manifest.")
    try:
        told = json.loads(archive.read(info))
        if told["kind"] != KIND:
            raise Invalid("This is no export of a workspace.")
        if told["format"] != FORMAT:
            raise Invalid(f"It has format {told['format']}; this version reads {FORMAT}.")
        tables = {one["model"]: (int(one["rows"]), str(one["sha256"])) for one in told["tables"]}
        home = {name: str(told["workspace"][name]) for name in ("id", "slug", "name")}
        UUID(home["id"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise Invalid("The manifest of this file cannot be read.") from error
    if unknown := tables.keys() - BY_LABEL.keys():
        raise Invalid(f"It holds {min(unknown)}, which this version does not know. Upgrade first.")
    listed = [(table, tables[table.label][0]) for table in TABLES if table.label in tables]
    return Content(home, listed, str(told.get("made_at", ""))), tables


def _check_table(
    archive: zipfile.ZipFile,
    table: Table,
    told: tuple[int, str],
    files: set[str],
    ids: "array[int]",
) -> None:
    rows, wanted = told
    digest, count = hashlib.sha256(), 0
    columns = {column.attname for column in table.fields}
    key = table.model._meta.pk.attname
    for line, row in lines(archive, table):
        digest.update(line)
        count += 1
        if unknown := row.keys() - columns:
            raise Invalid(
                f"{table.label} has “{min(unknown)}”, which this version does not know. "
                "Upgrade first."
            )
        if table.label not in NAMED_NOWHERE and key in row:
            ids.append(_short(_uuid(table, count, row[key])))
        for column in table.files:
            _check_file(archive, table, row.get(column.attname), files)
    if digest.hexdigest() != wanted or not _DIGEST.fullmatch(wanted):
        raise Invalid(f"{table.label} is not as it was written: its checksum differs.")
    if count != rows:
        raise Invalid(f"{table.label} has {count} rows instead of {rows}.")


def _check_file(archive: zipfile.ZipFile, table: Table, told: Any, files: set[str]) -> None:
    if told is None:
        return
    try:
        member, name = told["member"], told["name"]
        if member is None:
            return
        if member not in files or not isinstance(name, str):
            raise Invalid(
                f"{table.label} speaks of the file {str(member)[:80]}, which is not there."
            )
        files.discard(member)
        digest, size = hashlib.sha256(), 0
        for block in blocks(archive, member):
            digest.update(block)
            size += len(block)
        if (size, digest.hexdigest()) != (told["size"], told["sha256"]):
            raise Invalid(f"{name[:80]} is not as it was written: its checksum differs.")
    except (KeyError, TypeError) as error:
        raise Invalid(f"{table.label} speaks of a file in a way that is not understood.") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _uuid(table: Table, line: int, value: Any) -> UUID:
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid(f"{table.label}, line {line}: no id.") from error


def _short(key: UUID) -> int:
    return (key.int ^ (key.int >> 64)) & 0xFFFF_FFFF_FFFF_FFFF
