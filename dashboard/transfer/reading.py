"""From a file to a workspace: all of it or nothing."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Field, FileField, ForeignKey, JSONField, Model, TextField, UUIDField
from django.db.models.fields import CharField
from django.utils import timezone

from accounts.actions import system_actor
from accounts.models import Membership, User, Workspace
from activity.log import logged, record
from core.errors import Conflict, Invalid, NotFound
from dashboard.transfer.checking import Content, check, lines
from dashboard.transfer.renaming import Renaming
from dashboard.transfer.tables import PEOPLE, TABLES, WORKSPACE, Table, target_of
from modules.models import AIModel

BATCH = 200
_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,50}")


@dataclass
class ImportReport:
    """What was taken in, and what is left to do by hand."""

    workspace: str
    name: str
    made_at: str
    dry_run: bool
    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    missing: list[str] = field(default_factory=list)
    new_people: list[str] = field(default_factory=list)
    models_without_key: list[str] = field(default_factory=list)


def import_workspace(
    *, path: Path, slug: str = "", keep_ids: bool = False, dry_run: bool = False
) -> ImportReport:
    """Make a workspace of the file, with new ids or, where they are free, with the old ones.

    The file is checked first from end to end. Then everything is one transaction: a fault
    anywhere leaves nothing behind. The workspace arrives stopped, so that what was under way
    is not begun a second time; people are recognised by their e-mail address, and who is new
    has no password yet. With `dry_run` all of it is tried and undone.
    """
    if slug and not _SLUG.fullmatch(slug):
        raise Invalid("A short name has letters, digits, hyphens and underscores.", field="slug")
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            content = check(archive, packed=path.stat().st_size)
            return _Import(archive, content, slug, keep_ids, dry_run).carry_out()
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {path}.", field="file") from error
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise Invalid("The file is damaged, or no export at all.", field="file") from error
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.", field="file") from error


class _Import:
    """One import under way."""

    def __init__(
        self,
        archive: zipfile.ZipFile,
        content: Content,
        slug: str,
        keep_ids: bool,
        dry_run: bool,
    ) -> None:
        self._archive = archive
        self._content = content
        self._keep = keep_ids
        self._ids = Renaming(content, keep=keep_ids)
        self._slug = slug
        self._saved: list[str] = []
        self._people: dict[UUID, UUID] = {}
        self._report = ImportReport("", content.workspace["name"], content.made_at, dry_run)

    def carry_out(self) -> ImportReport:
        try:
            with transaction.atomic():
                home = self._take_in()
                if self._report.dry_run:
                    transaction.set_rollback(True)
                else:
                    self._note(home)
        except BaseException as error:
            for name in self._saved:
                default_storage.delete(name)
            if isinstance(error, IntegrityError):
                raise Conflict(
                    "Some of its ids or names are taken here. Leave out --keep-ids."
                    if self._keep
                    else "Its rows do not fit together."
                ) from error
            if isinstance(error, DatabaseError | OverflowError):
                raise Invalid("A value in it lies outside of what can be kept.") from error
            raise
        return self._report

    def _take_in(self) -> Workspace:
        for table, count in self._content.tables:
            if table.label == PEOPLE:
                self._take_people(table)
            else:
                self._take_table(table)
            self._report.rows[table.label] = count
        key = self._ids.of(UUID(self._content.workspace["id"]))
        home = Workspace.objects.filter(pk=key).first()
        if home is None or self._report.rows.get(WORKSPACE) != 1:
            raise Invalid("The file holds no workspace, or several.")
        self._check_links(home)
        self._report.workspace = home.slug
        keyless = AIModel.objects.filter(workspace=home, enabled=True, credentials="")
        keyless = keyless.exclude(provider=AIModel.Provider.SIMULATED)
        self._report.models_without_key = list(keyless.values_list("name", flat=True))
        if not Membership.objects.filter(workspace=home, role=Membership.Role.OWNER).exists():
            raise Invalid("Nobody in it is its owner.")
        return home

    def _take_table(self, table: Table) -> None:
        batch: list[Model] = []
        fields = [
            one
            for one in table.model._meta.concrete_fields
            if one.attname != "id" or isinstance(one, UUIDField)
        ]
        for number, (_, row) in enumerate(lines(self._archive, table), 1):
            try:
                batch.append(self._build(table, row))
            except (ValueError, TypeError, ValidationError, AttributeError) as error:
                raise Invalid(f"{table.label}, line {number}: {error}"[:300]) from error
            if len(batch) >= BATCH:
                _insert(table, fields, batch)
                batch = []
        _insert(table, fields, batch)

    def _build(self, table: Table, row: dict[str, Any]) -> Model:
        values: dict[str, Any] = {}
        for column in table.fields:
            if column.attname in row:
                values[column.attname] = self._value(table, column, row[column.attname])
        values.update(table.fresh)
        if table.label == WORKSPACE:
            values["slug"] = self._free_slug(str(values["slug"]))
            values["halted_at"] = timezone.now()
        if table.label == "agents.Run" and values.get("state") == "running":
            values["state"] = "queued"
        return table.model(**values)

    def _value(self, table: Table, column: Field[Any, Any], value: Any) -> Any:
        if isinstance(column, FileField):
            return self._store(column, value)
        if value is None:
            return None
        if isinstance(column, ForeignKey):
            key = UUID(value)
            if target_of(column) == WORKSPACE and value != self._content.workspace["id"]:
                raise ValueError("of another workspace")
            if target_of(column) == PEOPLE:
                return self._people[key] if key in self._people else _unknown_person()
            return self._ids.of(key)
        if isinstance(column, UUIDField):
            return self._ids.of(UUID(value)) if column.primary_key else UUID(value)
        if isinstance(column, JSONField):
            return self._ids.within(value)
        if isinstance(column, CharField | TextField):
            if not isinstance(value, str) or "\x00" in value:
                raise ValueError(f"{column.name} is no text")
            value = self._ids.within(value)
        return _checked(column, column.to_python(value))

    def _store(self, column: FileField, told: Any) -> str:
        """Put a file where files lie, under a name of ours. The name it has is only shown."""
        if told is None:
            return ""
        name = re.sub(r"[^\w.-]", "_", Path(str(told["name"])).name)[-80:].lstrip(".") or "file"
        target = str(column.generate_filename(column.model(), name))
        if told["member"] is None:
            self._report.missing.append(name)
            return target
        self._report.files += 1
        if self._report.dry_run:
            return target
        with self._archive.open(told["member"]) as source:
            saved = default_storage.save(target, File(source))
        self._saved.append(saved)
        return str(saved)

    def _take_people(self, table: Table) -> None:
        for _, row in lines(self._archive, table):
            email = str(row["email"]).strip()
            user = User.objects.filter(email__iexact=email).first()
            if user is None:
                user = User(
                    username=_free_username(str(row["username"])),
                    email=email,
                    first_name=str(row.get("first_name", ""))[:150],
                    last_name=str(row.get("last_name", ""))[:150],
                    timezone=str(row.get("timezone", "UTC"))[:64],
                )
                user.set_unusable_password()
                try:
                    user.full_clean(exclude=["password"])
                except ValidationError as error:
                    raise Invalid(f"A person in it: {'; '.join(error.messages)}") from error
                user.save()
                self._report.new_people.append(email)
            self._people[UUID(row["id"])] = user.pk

    def _free_slug(self, wanted: str) -> str:
        wanted = self._slug or wanted
        if not Workspace.objects.filter(slug=wanted).exists():
            return wanted
        if self._keep or self._slug:
            raise Conflict(f"There is a workspace called {wanted} already.", field="slug")
        return next(name for name in _numbered(wanted, 50) if not _slug_taken(name))

    def _check_links(self, home: Workspace) -> None:
        """No row may refer to what belongs to another workspace, or to nothing."""
        tables = [table.model._meta.db_table for table in TABLES]
        connection.check_constraints(table_names=tables)
        for table, count in self._content.tables:
            if table.label != PEOPLE and table.rows(home).count() != count:
                raise Invalid(f"{table.label} has rows of another workspace.")
            for link in table.links:
                target: Any = link.related_model
                path = f"{link.name}__{_home_of(target)}"
                rows = table.rows(home).filter(**{f"{path}__isnull": False})
                if rows.exclude(**{path: home.pk}).exists():
                    raise Invalid(f"{table.label} refers to what is not in the file.")

    def _note(self, home: Workspace) -> None:
        with logged():
            record(
                actor=system_actor(home),
                verb="workspace.imported",
                message=f"took the workspace in from an export of {self._content.made_at[:10]}",
                data={"rows": sum(self._report.rows.values()), "kept_ids": self._keep},
            )


def _insert(table: Table, fields: list[Field[Any, Any]], batch: list[Model]) -> None:
    """As they are: the moments at which rows were made and changed are part of them."""
    if not batch:
        return
    size = connection.ops.bulk_batch_size([one.name for one in fields], batch)
    for start in range(0, len(batch), max(1, size)):
        table.model._base_manager._insert(  # type: ignore[attr-defined]
            batch[start : start + max(1, size)], fields=fields, using=connection.alias, raw=True
        )


def _checked(column: Field[Any, Any], value: Any) -> Any:
    """As strict as a form: a database may take what our code does not expect."""
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"{column.name} has no time zone")
    if column.choices and value not in {choice for choice, _ in column.flatchoices}:
        raise ValueError(f"{column.name} cannot be “{str(value)[:40]}”")
    column.run_validators(value)
    return value


def _home_of(model: type[Model]) -> str:
    return next(table.home for table in TABLES if table.model is model)


def _unknown_person() -> UUID:
    raise ValueError("a member who is nobody")


def _slug_taken(slug: str) -> bool:
    return Workspace.objects.filter(slug=slug).exists()


def _free_username(wanted: str) -> str:
    taken = User.objects.filter
    return next(name for name in _numbered(wanted, 150) if not taken(username=name).exists())


def _numbered(name: str, longest: int) -> Iterator[str]:
    yield name
    for number in range(2, 100_000):
        end = f"-{number}"
        yield name[: longest - len(end)] + end
