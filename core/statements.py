"""Writing a row with as little ado as the database itself needs.

Django composes the SQL of each INSERT anew and cannot yet ask for values back from an UPDATE,
which costs a second query. The few statements that every change ends with are made here.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.db.models.sql import UpdateQuery

M = TypeVar("M", bound=models.Model)

# Rows in one statement; SQLite takes 32,766 values at most.
_AT_ONCE = 100


def insert(rows: Sequence[models.Model], *, ignore_conflicts: bool = False) -> None:
    """Insert rows of one model, whose keys are known. As bulk_create, in a tenth of the time.

    With `ignore_conflicts`, rows that break a unique constraint are left out.
    """
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        fields = _insertable(type(some[0]))
        columns = [[field.pre_save(row, True) for row in some] for field in fields]
        # Most columns of rows that are made together hold the same in all of them.
        same = tuple(all(value == column[0] for value in column) for column in columns)
        statement = _insertion(
            type(some[0]), len(some) if _flat(same) else 0, same, ignore_conflicts
        )
        prepared = [
            [field.get_db_prep_save(value, connection) for value in column[: 1 if alike else None]]
            for field, column, alike in zip(fields, columns, same, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(statement, _in_places(prepared, same, len(some)))
        for row in some:
            row._state.adding, row._state.db = False, "default"


@cache
def _insertable(model: type[models.Model]) -> list["models.Field[Any, Any]"]:
    return [field for field in model._meta.concrete_fields if not field.generated]


@cache
def _insertion(model: type[models.Model], count: int, same: Sequence[bool], ignore: bool) -> str:
    """With `count` rows of values each; 0 for arrays of values and what is the same in all."""
    fields = _insertable(model)
    table = connection.ops.quote_name(model._meta.db_table)
    columns = ", ".join(_column(field) for field in fields)
    end = " ON CONFLICT DO NOTHING" if ignore else ""
    begin = f"INSERT INTO {table} ({columns})"
    if count:
        row = f"({', '.join(['%s'] * len(fields))})"
        return f"{begin} VALUES {', '.join([row] * count)}{end}"
    types = [field.cast_db_type(connection) for field in fields]
    wanted = ", ".join(
        f"%s::{kind}" if alike else f"rows.c{place}"
        for place, (kind, alike) in enumerate(zip(types, same, strict=True))
    )
    own = [place for place, alike in enumerate(same) if not alike]
    arrays = ", ".join(f"%s::{types[place]}[]" for place in own)
    names = ", ".join(f"c{place}" for place in own)
    return f"{begin} SELECT {wanted} FROM UNNEST({arrays}) AS rows({names}){end}"


def _flat(same: Sequence[bool]) -> bool:
    return connection.vendor != "postgresql" or all(same)


def _in_places(columns: list[list[Any]], same: Sequence[bool], count: int) -> list[Any]:
    """The values in the order of the statement that `_insertion` writes."""
    if _flat(same):
        whole = [column * count if len(column) < count else column for column in columns]
        return [value for row in zip(*whole, strict=True) for value in row]
    pairs = list(zip(columns, same, strict=True))
    alike = [column[0] for column, is_same in pairs if is_same]
    return alike + [column for column, is_same in pairs if not is_same]


def count_up(
    model: type[models.Model],
    key: UUID,
    field: str,
    by: int,
    *,
    also: Sequence[tuple[str, Sequence[Any]]] = (),
) -> tuple[Any, ...] | None:
    """Raise a counter of one row, which stays locked until commit.

    Returns its new value, then what each expression in `also` (SQL with its values) is; None
    where there is no such row.
    """
    quote, meta = connection.ops.quote_name, model._meta
    column = _column(_field(model, field))
    key_field = cast(Any, meta.pk)
    wanted = ", ".join([column, *(expression for expression, _ in also)])
    statement = (
        f"UPDATE {quote(meta.db_table)} SET {column} = {column} + %s "
        f"WHERE {_column(key_field)} = %s RETURNING {wanted}"
    )
    own = key_field.get_db_prep_value(key, connection)
    values = [value for _, given in also for value in given]
    with connection.cursor() as cursor:
        cursor.execute(statement, [by, own, *values])
        found: tuple[Any, ...] | None = cursor.fetchone()
    return found


def insert_after(
    row: models.Model,
    *,
    first: str,
    given: Sequence[Any],
    filled: Sequence[str],
    back: Sequence[str],
) -> tuple[Any, ...] | None:
    """Insert a row some of whose fields come from a statement that goes before it.

    PostgreSQL alone. `first` is that statement with its values in `given`; it returns columns
    called as the fields in `filled`. `back` are expressions over it and the new row. None
    where `first` finds nothing: then nothing is inserted either.
    """
    own = [field for field in type(row)._meta.concrete_fields if field.name not in filled]
    columns = [_column(field) for field in own] + [
        _column(_field(type(row), name)) for name in filled
    ]
    places = [*(["%s"] * len(own)), *(f"first.{name}" for name in filled)]
    table = connection.ops.quote_name(type(row)._meta.db_table)
    statement = (
        f"WITH first AS ({first}) INSERT INTO {table} ({', '.join(columns)}) "
        f"SELECT {', '.join(places)} FROM first RETURNING {', '.join(back)}"
    )
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in own]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*given, *values])
        found: tuple[Any, ...] | None = cursor.fetchone()
    row._state.adding, row._state.db = False, "default"
    return found


def set_fields(
    model: type[models.Model], key: UUID, values: Mapping[str, Any], *, raised: str
) -> dict[str, Any] | None:
    """Set fields of one row and raise its counter `raised` by one.

    Returns what the database reckoned: the counter, and what was given as an expression. None
    where there is no such row.
    """
    plain = all(type(value) is Now or not _reckoned(value) for value in values.values())
    if not plain:
        rows = model._default_manager.filter(pk=key)
        whole = {raised: F(raised) + 1, **values}
        return update_and_read(rows, whole, [n for n, v in whole.items() if _reckoned(v)])
    fields = {name: _field(model, name) for name in values}
    counter = _column(_field(model, raised))
    parts, given, back = [f"{counter} = {counter} + 1"], [], [_field(model, raised)]
    for name, value in values.items():
        field = fields[name]
        if type(value) is Now:
            parts.append(f"{_column(field)} = {_now()}")
            back.append(field)
        else:
            parts.append(f"{_column(field)} = %s")
            own = value.pk if isinstance(value, models.Model) else value
            given.append(field.get_db_prep_save(own, connection))
    columns = ", ".join(_column(field) for field in back)
    key_field = cast(Any, model._meta.pk)
    statement = (
        f"UPDATE {connection.ops.quote_name(model._meta.db_table)} SET {', '.join(parts)} "
        f"WHERE {_column(key_field)} = %s RETURNING {columns}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*given, key_field.get_db_prep_value(key, connection)])
        row = cursor.fetchone()
    return None if row is None else _read(model, back, row)


def update_and_read(
    rows: QuerySet[M, M], values: Mapping[str, Any], back: Sequence[str]
) -> dict[str, Any] | None:
    """Update the one row that `rows` finds and read some of its fields as they are now."""
    query = cast(UpdateQuery, rows.query.chain(UpdateQuery))
    query.add_update_values(dict(values))
    query.annotations = {}
    statement, params = query.get_compiler("default").as_sql()
    fields = [_field(rows.model, name) for name in back]
    columns = ", ".join(_column(field) for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} RETURNING {columns}", params)
        row = cursor.fetchone()
    return None if row is None else _read(rows.model, fields, row)


def _read(
    model: type[models.Model], fields: Sequence["models.Field[Any, Any]"], row: Sequence[Any]
) -> dict[str, Any]:
    """The columns of a row in the types of their fields."""
    compiler = UpdateQuery(model).get_compiler("default")
    converters = compiler.get_converters([field.get_col(model._meta.db_table) for field in fields])
    found = list(row)
    for place, (convertors, expression) in converters.items():
        for convert in convertors:
            found[place] = convert(found[place], expression, connection)
    return dict(zip((field.attname for field in fields), found, strict=True))


def _reckoned(value: Any) -> bool:
    return hasattr(value, "resolve_expression")


def _now() -> str:
    return _now_of(connection.vendor)


@cache
def _now_of(vendor: str) -> str:
    query = UpdateQuery(ContentType)
    compiler = query.get_compiler("default")
    statement, params = compiler.compile(Now().resolve_expression(query))
    assert not params
    return str(statement)


def _field(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    return cast("models.Field[Any, Any]", model._meta.get_field(name))


def _column(field: "models.Field[Any, Any]") -> str:
    return connection.ops.quote_name(cast(str, field.column))
