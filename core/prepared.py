"""Queries whose SQL is written once.

Writing the SQL of a query costs several times as much as PostgreSQL needs to answer it. Where
the same query runs with every request, only the values in it change: it is composed once with
stand-ins, and from then on the values are put in their places.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db import connections, models
from django.db.models import QuerySet

Values = Sequence[UUID] | Sequence[str]
# Lists of other lengths need another SQL; so many are remembered.
_MOST_SHAPES = 400

_UUID: "models.UUIDField[UUID, UUID]" = models.UUIDField()


class Prepared:
    """Rows of a `values_list` query that differs only in the values that it asks for.

    `compose` gets lists of ids or of strings and returns the query; each must reach the SQL
    as a parameter of its own, in a list where the same value twice does no harm (`IN`): lists
    are filled up to the next power of two with their last value. Calls give lists of the same
    kinds and get tuples back.
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


class _Shape:
    """The SQL for lists of certain lengths and kinds."""

    def __init__(
        self, compose: Callable[..., Any], groups: Sequence[Values], connection: Any
    ) -> None:
        stand_ins: list[UUID | str] = []
        given = []
        for group in groups:
            numbers = range(len(stand_ins), len(stand_ins) + len(group))
            ours = [_stand_in(number, group[0]) for number in numbers]
            stand_ins += ours
            given.append(ours)
        compiler = compose(*given).query.get_compiler(using="default")
        self._sql, params = compiler.as_sql()
        places = {_prepared(one, connection): index for index, one in enumerate(stand_ins)}
        self._fixed = list(params)
        self._slots = [
            (place, places[value])
            for place, value in enumerate(params)
            if isinstance(value, UUID | str) and value in places
        ]
        if {index for _, index in self._slots} != set(range(len(stand_ins))):
            raise ValueError("not every value of a prepared query is a parameter of its SQL")
        columns = [column for column, _, _ in compiler.select]
        self._converters = list(compiler.get_converters(columns).items())

    def rows(self, values: list[UUID | str], connection: Any) -> list[tuple[Any, ...]]:
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


def _padded(group: Values) -> Values:
    missing = (1 << (len(group) - 1).bit_length()) - len(group)
    return [*group, *[group[-1]] * missing] if missing else group


def _stand_in(number: int, like: UUID | str) -> UUID | str:
    return f"5eed-{number}" if isinstance(like, str) else UUID(int=(0x5EED << 112) + number)


def _prepared(value: UUID | str, connection: Any) -> Any:
    if isinstance(value, str):
        return value
    return _UUID.get_db_prep_value(value, connection, prepared=False)
