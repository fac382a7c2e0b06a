"""Texts that keep every version: finding one, and setting two side by side for the screen.

The rooms that have such texts keep the versions in tables of their own; what is asked of a
version here is the same in all of them.
"""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from django.db.models import Model, QuerySet

from core.diff import compare
from core.errors import NotFound

MOST_VERSIONS = 100

V = TypeVar("V", bound=Model)


class Kept(Protocol):
    """A version: its number, its words, and who wrote it when."""

    number: int
    title: str
    content: str
    note: str
    author: Any
    created_at: Any


def version_of(versions: QuerySet[V], number: str, *, title: str) -> V:
    """The version of the text called `title` that an address names. Raises NotFound."""
    usable = number.isdecimal() and len(number) < 9
    known = versions.select_related("author")
    found = known.filter(number=int(number)).first() if usable else None
    if found is None:
        raise NotFound(f"“{title}” has no version {number}.")
    return found


def newest_versions(versions: QuerySet[V]) -> QuerySet[V]:
    """The versions as they are listed: without their texts, the newest first, so many of them."""
    return versions.select_related("author").defer("content").order_by("-number")[:MOST_VERSIONS]


def changes_of(
    versions: QuerySet[Any], number: int, asked: Mapping[str, str], *, title: str
) -> dict[str, Any]:
    """What a version changed, as the template changes.html shows it.

    It is compared with the one before it or the one that `from` names; `view=one` asks for
    one column. Raises NotFound for a version that there is not.
    """
    new: Kept = version_of(versions, str(number), title=title)
    earlier = asked.get("from", "") or (str(number - 1) if number > 1 else "")
    old: Kept | None = version_of(versions, earlier, title=title) if earlier else None
    return {
        "old": old,
        "new": new,
        "diff": compare(old.content if old else "", new.content),
        "one_column": old is None or asked.get("view") == "one",
        "versions": newest_versions(versions),
    }
