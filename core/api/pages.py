"""Lists in pages: `{count, next, previous, results}`."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from core.api.tags import counted

# What decides which of the rows are shown and how, not which there are.
_SHAPE = {"page", "page_size", "ordering"}


def page(
    request: HttpRequest,
    rows: QuerySet[Any],
    build: Callable[[QuerySet[Any]], Sequence[Any]],
    query: dict[str, Any],
    *,
    tag: str = "",
    count: int | None = None,
) -> dict[str, Any]:
    """One page of `rows`, each made into what is sent by `build`, which gets the page whole.

    With `tag`, which names the state of the workspace's log, the count is remembered for as
    long as nothing has changed; `count` gives it where it is known already.
    """
    number, size = query["page"], query["page_size"]
    if count is None:
        count = counted(tag and _key(request, query, tag), rows)
    first = (number - 1) * size
    results = build(rows[first : first + size]) if first < count else []
    return {
        "count": count,
        "next": link(request, number + 1) if first + size < count else None,
        "previous": link(request, number - 1) if number > 1 else None,
        "results": results,
    }


def _key(request: HttpRequest, query: dict[str, Any], tag: str) -> str:
    filters = {name: value for name, value in query.items() if name not in _SHAPE}
    return f"{tag} {request.path} {filters!r}"


def link(request: HttpRequest, number: int) -> str:
    """The absolute address of another page of the same list."""
    asked = request.GET.copy()
    asked["page"] = str(number)
    return f"{request.scheme}://{request.get_host()}{request.path}?{asked.urlencode()}"


def ordered(rows: QuerySet[Any], orders: dict[str, str], wanted: str) -> QuerySet[Any]:
    """`rows` in the order that `?ordering=` asks for, and by their key where that is even."""
    minus = "-" if wanted.startswith("-") else ""
    field = orders[wanted.removeprefix("-")]
    key = "pk" if issubclass(rows.model, Model) else "id"
    return rows.order_by(f"{minus}{field}", f"{minus}{key}")
