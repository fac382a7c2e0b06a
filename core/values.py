"""The values of a row on their way into a statement.

Django asks a field three times about each value before the driver sees it. Most go out as
they are, and which do is known by the kinds of field and value.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any, cast
from uuid import UUID

from django.db import models

Field = cast(Any, models.Field)

# What the driver takes without a word from the field: on any database, and on PostgreSQL.
_ANYWHERE: dict[Any, type] = {models.CharField: str, models.TextField: str}
_ON_POSTGRESQL: dict[Any, type] = _ANYWHERE | {
    models.UUIDField: UUID,
    models.BooleanField: bool,
    models.FloatField: float,
}


class Outlet:
    """How rows go out into some fields of their model, on one kind of database."""

    def __init__(self, fields: Iterable[Any], vendor: str) -> None:
        self.fields: list[Any] = list(fields)
        self._ways = [(_name(field), field, plain_type(field, vendor)) for field in self.fields]

    def values(self, row: models.Model, connection: Any) -> list[Any]:
        """What is written of a new row, in the order of the fields."""
        found = []
        for name, field, plain in self._ways:
            value = field.pre_save(row, True) if name is None else getattr(row, name)
            if value is not None and type(value) is not plain:
                value = field.get_db_prep_save(value, connection)
            found.append(value)
        return found


@cache
def plain_type(field: Any, vendor: str) -> type | None:
    """The type of values that go into a field as they are; besides it, None always does."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return (_ON_POSTGRESQL if vendor == "postgresql" else _ANYWHERE).get(type(field))


def outgoing(field: Any, value: Any, connection: Any) -> Any:
    """One value for a field, as the driver takes it."""
    if value is None or type(value) is plain_type(field, connection.vendor):
        return value
    return field.get_db_prep_save(value, connection)


def _name(field: Any) -> str | None:
    """Where a row keeps the value; None for fields that have a say in it when it is saved."""
    plainly = type(field).pre_save is Field.pre_save or (
        type(field) in (models.DateTimeField, models.DateField)
        and not (field.auto_now or field.auto_now_add)
    )
    return cast(str, field.attname) if plainly else None
