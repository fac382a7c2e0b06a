"""Writing a row with as little ado as the database itself needs.

Django composes the SQL of each INSERT anew and cannot yet ask for values back from an UPDATE,
which costs a second query. The few statements that every change ends with are made here.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.db.models.sql import UpdateQuery

from core.values import Outlet, outgoing

M = TypeVar("M", bound=models.Model)

# Rows in one statement; SQLite takes 32,766 values at most.
_AT_ONCE = 100


def database() -> Any:
    """This thread's connection; asked once where Django's own name for it asks every time."""
    return connections[DEFAULT_DB_ALIAS]


def ends_here() -> bool:
    """Whether the transaction under way ends with the block that the caller is in."""
    connection = database()
    return (
        connection.in_atomic_block
        and len(connection.atomic_blocks) == 1
        and not connection.needs_rollback
    )


def execute_and_commit(statement: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    """Execute the last statement of a transaction and commit, in one round trip; its first row.

    PostgreSQL alone, and only where the transaction `ends_here`. No lock is held any longer than
    the database itself takes. Django commits once more when the block ends, which is nothing
    by then. Either both have happened or, with whatever is raised, neither.
    """
    connection = database()
    connection.ensure_connection()
    with connection.cursor() as cursor:
        with connection.wrap_database_errors, connection.connection.pipeline():
            cursor.execute(statement, values)
            connection.connection.commit()
        found: tuple[Any, ...] | None = cursor.fetchone()
    return found


def insert(rows: Sequence[models.Model], *, ignore_conflicts: bool = False) -> None:
    """Insert rows of one model, whose keys are known. As bulk_create, in a tenth of the time.

    With `ignore_conflicts`, rows that break a unique constraint are left out.
    """
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        connection = database()
        write = _writing_one if len(some) == 1 else _writing_many
        statement, values = write(some, ignore_conflicts, connection)
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
        for row in some:
            row._state.adding, row._state.db = False, "default"


def _writing_one(
    rows: Sequence[models.Model], ignore: bool, connection: Any
) -> tuple[str, list[Any]]:
    model = type(rows[0])
    outlet = _insertable(model, connection.vendor)
    return _insertion(model, 1, (), ignore), outlet.values(rows[0], connection)


def _writing_many(
    rows: Sequence[models.Model], ignore: bool, connection: Any
) -> tuple[str, list[Any]]:
    model = type(rows[0])
    fields = _insertable(model, connection.vendor).fields
    columns = [[field.pre_save(row, True) for row in rows] for field in fields]
    # Most columns of rows that are made together hold the same in all of them.
    same = tuple(all(value == column[0] for value in column) for column in columns)
    flat = connection.vendor != "postgresql" or all(same)
    prepared = [
        [outgoing(field, value, connection) for value in column[: 1 if alike else None]]
        for field, column, alike in zip(fields, columns, same, strict=True)
    ]
    statement = _insertion(model, len(rows) if flat else 0, () if flat else same, ignore)
    return statement, _in_places(prepared, same, len(rows) if flat else 0)


@cache
def _insertable(model: type[models.Model], vendor: str) -> Outlet:
    return Outlet((field for field in model._meta.concrete_fields if not field.generated), vendor)


@cache
def _insertion(model: type[models.Model], count: int, same: Sequence[bool], ignore: bool) -> str:
    """With `count` rows of values each; 0 for arrays of values and what is the same in all."""
    connection = database()
    fields = _insertable(model, connection.vendor).fields
    columns = ", ".join(_column(field) for field in fields)
    end = " ON CONFLICT DO NOTHING" if ignore else ""
    begin = f"INSERT INTO {_table(model)} ({columns})"
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


def _in_places(columns: list[list[Any]], same: Sequence[bool], count: int) -> list[Any]:
    """The values in the order of the statement that `_insertion` writes."""
    if count:
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
    connection = database()
    expressions = tuple(expression for expression, _ in also)
    own = outgoing(model._meta.pk, key, connection)
    values = [value for _, given in also for value in given]
    with connection.cursor() as cursor:
        cursor.execute(_raising(model, field, expressions), [by, own, *values])
        found: tuple[Any, ...] | None = cursor.fetchone()
    return found


@cache
def _raising(model: type[models.Model], field: str, also: Sequence[str]) -> str:
    column = _column(_field(model, field))
    return (
        f"UPDATE {_table(model)} SET {column} = {column} + %s "
        f"WHERE {_key(model)} = %s RETURNING {', '.join([column, *also])}"
    )


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
    connection = database()
    statement, outlet = _insertion_after(
        type(row), connection.vendor, first, tuple(filled), tuple(back)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*given, *outlet.values(row, connection)])
        found: tuple[Any, ...] | None = cursor.fetchone()
    row._state.adding, row._state.db = False, "default"
    return found


@cache
def _insertion_after(
    model: type[models.Model], vendor: str, first: str, filled: Sequence[str], back: Sequence[str]
) -> tuple[str, Outlet]:
    own = [field for field in model._meta.concrete_fields if field.name not in filled]
    columns = [_column(field) for field in [*own, *(_field(model, name) for name in filled)]]
    places = [*(["%s"] * len(own)), *(f"first.{name}" for name in filled)]
    return (
        f"WITH first AS ({first}) INSERT INTO {_table(model)} ({', '.join(columns)}) "
        f"SELECT {', '.join(places)} FROM first RETURNING {', '.join(back)}"
    ), Outlet(own, vendor)


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
    connection = database()
    now = tuple(type(value) is Now for value in values.values())
    statement, fields, back = _setting(model, raised, tuple(values), now)
    given = [
        outgoing(field, value.pk if isinstance(value, models.Model) else value, connection)
        for field, value, reckoned in zip(fields, values.values(), now, strict=True)
        if not reckoned
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*given, outgoing(model._meta.pk, key, connection)])
        row = cursor.fetchone()
    return None if row is None else _read(model, back, row)


@cache
def _setting(
    model: type[models.Model], raised: str, names: Sequence[str], now: Sequence[bool]
) -> tuple[str, Sequence[Any], Sequence[Any]]:
    """The statement, the fields that it sets, and those that it gives back."""
    fields = tuple(_field(model, name) for name in names)
    counter = _field(model, raised)
    parts = [f"{_column(counter)} = {_column(counter)} + 1"] + [
        f"{_column(field)} = {_now() if reckoned else '%s'}"
        for field, reckoned in zip(fields, now, strict=True)
    ]
    back = (counter, *(field for field, reckoned in zip(fields, now, strict=True) if reckoned))
    return (
        (
            f"UPDATE {_table(model)} SET {', '.join(parts)} WHERE {_key(model)} = %s "
            f"RETURNING {', '.join(_column(field) for field in back)}"
        ),
        fields,
        back,
    )


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
    with database().cursor() as cursor:
        cursor.execute(f"{statement} RETURNING {columns}", params)
        row = cursor.fetchone()
    return None if row is None else _read(rows.model, fields, row)


def _read(model: type[models.Model], fields: Sequence[Any], row: Sequence[Any]) -> dict[str, Any]:
    """The columns of a row in the types of their fields."""
    connection = database()
    found = list(row)
    for place, convertors, expression in _converters(model, tuple(fields), connection.vendor):
        for convert in convertors:
            found[place] = convert(found[place], expression, connection)
    return dict(zip((field.attname for field in fields), found, strict=True))


@cache
def _converters(
    model: type[models.Model], fields: Sequence[Any], vendor: str
) -> list[tuple[int, Any, Any]]:
    compiler = UpdateQuery(model).get_compiler(DEFAULT_DB_ALIAS)
    columns = [field.get_col(model._meta.db_table) for field in fields]
    return [(place, *both) for place, both in compiler.get_converters(columns).items()]


def _reckoned(value: Any) -> bool:
    return hasattr(value, "resolve_expression")


def _now() -> str:
    return _now_of(database().vendor)


@cache
def _now_of(vendor: str) -> str:
    query = UpdateQuery(ContentType)
    compiler = query.get_compiler("default")
    statement, params = compiler.compile(Now().resolve_expression(query))
    assert not params
    return str(statement)


def _field(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    return cast("models.Field[Any, Any]", model._meta.get_field(name))


def _table(model: type[models.Model]) -> str:
    return str(database().ops.quote_name(model._meta.db_table))


def _key(model: type[models.Model]) -> str:
    return _column(cast(Any, model._meta.pk))


def _column(field: Any) -> str:
    return str(database().ops.quote_name(field.column))
