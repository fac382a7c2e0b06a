"""Finding documents by their words: the index of the database, the best match first."""

import re
from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from django.db import connection
from django.db.models import FloatField, TextField
from django.db.models.expressions import RawSQL

from accounts.models import Actor
from documents.index import WORDS
from documents.models import Document
from documents.querysets import DocumentQuerySet

MOST_WORDS = 12
# Stand around what was found in an excerpt: signs that no text holds which is shown.
BEGIN, END = "\x02", "\x03"
# A hit in the title counts for so many in the text.
TITLE_WEIGHT = 8.0

_WORD = re.compile(r"[^\W_]+")
_QUERY = "to_tsquery('simple', %s)"
_HEADLINE = (
    f"ts_headline('simple', left(content, 100000), {_QUERY}, "
    "'StartSel=\x02, StopSel=\x03, MaxWords=32, MinWords=12')"
)


def words_of(query: str) -> list[str]:
    """The words that are looked for; each stands for all that begin with it."""
    return _WORD.findall(query)[:MOST_WORDS]


def search(actor: Actor, query: str, *, archived: bool = False) -> DocumentQuerySet:
    """Documents that `actor` may read and that hold every word of `query`; the best match first.

    A word is found by its beginning. An empty query finds all of them, the newest first.
    Archived ones are found apart.
    """
    documents = (
        Document.objects.visible_to(actor)
        .filter(archived_at__isnull=not archived)
        .select_related("created_by", "task")
    )
    if not query.strip():
        return documents.order_by("-updated_at")
    words = words_of(query)
    if not words:
        return documents.none()
    return _best_first(documents, words)


def excerpts(keys: Iterable[UUID], query: str) -> dict[UUID, str]:
    """Where the words stand in some documents, each hit between BEGIN and END. One query."""
    words, wanted = words_of(query), list(keys)
    if not words or not wanted:
        return {}
    found = _matching(Document.objects.filter(pk__in=wanted), words).order_by()
    if connection.vendor == "postgresql":
        excerpt = RawSQL(_HEADLINE, [_asked(words)], output_field=TextField())
    else:
        sql = f"snippet({WORDS}, 1, char(2), char(3), '…', 32)"
        excerpt = RawSQL(sql, [], output_field=TextField())
    return dict(found.annotate(excerpt_found=excerpt).values_list("pk", "excerpt_found"))


def plain(excerpt: str) -> str:
    """An excerpt without the marks."""
    return excerpt.replace(BEGIN, "").replace(END, "")


def _best_first(documents: DocumentQuerySet, words: list[str]) -> DocumentQuerySet:
    """Those that hold all the words, by their rank."""
    rank: Any
    if connection.vendor == "postgresql":
        sql = f"ts_rank('{{0.1, 0.2, 0.4, 1.0}}', documents_document.words, {_QUERY})"
        rank = RawSQL(sql, [_asked(words)], output_field=FloatField())
    else:
        # FTS5 counts down: the best is the least.
        rank = RawSQL(f"-bm25({WORDS}, {TITLE_WEIGHT}, 1.0)", [], output_field=FloatField())
    ranked: Any = _matching(documents, words).annotate(rank=rank)
    return cast(DocumentQuerySet, ranked.order_by("-rank", "-updated_at"))


def _matching(documents: DocumentQuerySet, words: list[str]) -> DocumentQuerySet:
    if connection.vendor == "postgresql":
        where = [f"documents_document.words @@ {_QUERY}"]
        found: Any = documents.extra(where=where, params=[_asked(words)])
        return cast(DocumentQuerySet, found)
    found = documents.extra(
        tables=[WORDS],
        where=[f"{WORDS}.document = documents_document.id", f"{WORDS} MATCH %s"],
        params=[_asked(words)],
    )
    return cast(DocumentQuerySet, found)


def _asked(words: list[str]) -> str:
    """The words as the index is asked for them. They are letters and digits alone."""
    if connection.vendor == "postgresql":
        return " & ".join(f"'{word}':*" for word in words)
    return " AND ".join(f'"{word}"*' for word in words)
