"""Queries whose SQL is written once.

Writing the SQL of a query costs several times as much as PostgreSQL needs to answer it. Where
the same query runs with every request, only the values in it change: it is composed once with
stand-ins, and from then on the values are put in their places.
"""

import re
import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connections, models
from django.db.models import QuerySet
from django.db.models.constants import LOOKUP_SEP

M = TypeVar("M", bound=models.Model)

Value = UUID | str | int
Values = Sequence[UUID] | Sequence[str] | Sequence[int]
# Lists of other lengths need another SQL; so many are remembered.
_MOST_SHAPES = 400

_UUID: "models.UUIDField[UUID, UUID]" = models.UUIDField()


class Prepared:
    """Rows of a `values_list` query that differs only in the values that it asks for.

    `compose` gets lists of ids, strings or numbers and returns the query; each must reach the
    SQL as a parameter of its own, in a list where the same value twice does no harm (`IN`):
    lists are filled up to the next power of two with their last value. Calls give lists of the
    same kinds and get tuples back.
    """

    def __init__(self, compose: Callable[..., QuerySet[Any, Any]]) -> None:
        self._compose = compose
        self._known: dict[tuple[Any, ...], _Shape] = {}
        self._lock = threading.Lock()

    def rows(self, *groups: Values) -> list[tuple[Any, ...]]:
        """The rows for these values. One query, none where a list is empty."""
        if not all(groups):
            return []
        connection = connections["default"]
        groups = tuple(_padded(group) for group in groups)
        key = (connection.vendor, *((len(group), type(group[0])) for group in groups))
        shape = self._known.get(key)
        if shape is None:
            shape = _Shape(self._compose, groups, connection)
            with self._lock:
                if len(self._known) >= _MOST_SHAPES:
                    self._known.clear()
                self._known[key] = shape
        return shape.rows([one for group in groups for one in group], connection)


class Whole(Generic[M]):
    """Rows of a model with the rows they link to, as `select_related` gives them.

    `narrow` gets the model's rows and the lists of values, and says which of them are meant.
    """

    def __init__(
        self, model: type[M], links: Sequence[str], narrow: Callable[..., QuerySet[M]]
    ) -> None:
        self._model, self._links, self._narrow = model, links, narrow
        self._prepared = Prepared(self._compose)

    def rows(self, *groups: Values) -> list[M]:
        """The rows for these values. One query, none where a list is empty."""
        return [self._built(row) for row in self._prepared.rows(*groups)]

    def _compose(self, *groups: Values) -> QuerySet[Any, Any]:
        names = [
            LOOKUP_SEP.join([*part.path, name]) for part in self._parts for name in part.columns
        ]
        return self._narrow(self._model._default_manager.all(), *groups).values_list(*names)

    @cached_property
    def _parts(self) -> list["_Part"]:
        """The model itself and each link, those nearer to it first."""
        parts = [_Part((), None, self._model)]
        for link in self._links:
            path = tuple(link.split(LOOKUP_SEP))
            nearer = next(part for part in parts if part.path == path[:-1])
            field = nearer.model._meta.get_field(path[-1])
            parts.append(_Part(path, field, field.related_model))
        return parts

    def _built(self, row: Sequence[Any]) -> M:
        made: dict[tuple[str, ...], Any] = {}
        at = 0
        for part in self._parts:
            values = row[at : at + len(part.columns)]
            at += len(part.columns)
            there = values[part.key] is not None
            one = part.model.from_db("default", part.columns, values) if there else None
            made[part.path] = one
            if part.field is not None and made[part.path[:-1]] is not None:
                part.field.set_cached_value(made[part.path[:-1]], one)
        found: M = made[()]
        return found


class _Part:
    """One model of those that make up a row: how to get to it, and its columns."""

    def __init__(self, path: tuple[str, ...], field: Any, model: Any) -> None:
        self.path, self.field, self.model = path, field, model
        self.columns = [column.attname for column in model._meta.concrete_fields]
        self.key = self.columns.index(model._meta.pk.attname)


class _Shape:
    """The SQL for lists of certain lengths and kinds."""

    def __init__(
        self, compose: Callable[..., Any], groups: Sequence[Values], connection: Any
    ) -> None:
        stand_ins: list[Value] = []
        given = []
        for group in groups:
            numbers = range(len(stand_ins), len(stand_ins) + len(group))
            ours = [_stand_in(number, group[0]) for number in numbers]
            stand_ins += ours
            given.append(ours)
        compiler = compose(*given).query.get_compiler(using="default")
        sql, params = compiler.as_sql()
        places = {_prepared(one, connection): index for index, one in enumerate(stand_ins)}

        def place_of(value: Any) -> int | None:
            return places.get(value) if isinstance(value, UUID | str | int) else None

        if {place_of(value) for value in params} - {None} != set(range(len(stand_ins))):
            raise ValueError("not every value of a prepared query is a parameter of its SQL")
        if connection.vendor == "postgresql":
            sql, params = _with_constants(sql, params, place_of, connection)
        self._sql, self._fixed = sql, list(params)
        self._slots = [
            (place, index)
            for place, value in enumerate(params)
            if (index := place_of(value)) is not None
        ]
        columns = [column for column, _, _ in compiler.select]
        self._converters = list(compiler.get_converters(columns).items())

    def rows(self, values: list[Value], connection: Any) -> list[tuple[Any, ...]]:
        params = self._fixed.copy()
        for place, index in self._slots:
            params[place] = _prepared(values[index], connection)
        with connection.cursor() as cursor:
            cursor.execute(self._sql, params)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        if not self._converters or not found:
            return found
        rows = [list(row) for row in found]
        for position, (convertors, expression) in self._converters:
            for row in rows:
                value = row[position]
                for convert in convertors:
                    value = convert(value, expression, connection)
                row[position] = value
        return [tuple(row) for row in rows]


def _with_constants(
    sql: str, params: Sequence[Any], place_of: Callable[[Any], int | None], connection: Any
) -> tuple[str, list[Any]]:
    """The SQL with the values that never change written into it, and the others.

    PostgreSQL keeps the plan of what runs often, made for any values: of a status that it does
    not know it cannot tell how many rows have it, and it picks the wrong end to begin from.
    """
    connection.ensure_connection()
    values = iter(params)
    changing: list[Any] = []

    def written(placeholder: re.Match[str]) -> str:
        if placeholder[0] == "%%":
            return "%%"
        value = next(values)
        if place_of(value) is not None:
            changing.append(value)
            return "%s"
        constant: str = connection.ops.compose_sql("%s", [value])
        return constant.replace("%", "%%")

    return re.sub("%[%s]", written, sql), changing


def _padded(group: Values) -> Values:
    missing = (1 << (len(group) - 1).bit_length()) - len(group)
    return [*group, *[group[-1]] * missing] if missing else group


def _stand_in(number: int, like: Value) -> Value:
    if isinstance(like, str):
        return f"5eed-{number}"
    # No query of ours has a number of its own that large.
    return 0x5EED0000 + number if isinstance(like, int) else UUID(int=(0x5EED << 112) + number)


def _prepared(value: Value, connection: Any) -> Any:
    if not isinstance(value, UUID):
        return value
    return _UUID.get_db_prep_value(value, connection, prepared=False)
