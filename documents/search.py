"""Finding documents by their words."""

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import Actor
from documents.models import Document

VECTOR = SearchVector("title", weight="A", config="simple") + SearchVector(
    "content", weight="B", config="simple"
)


def search(actor: Actor, query: str, *, archived: bool = False) -> QuerySet[Document]:
    """Documents that `actor` may read and that hold every word of `query`; the best match first.

    An empty query finds all of them, the newest first. Archived ones are found apart.
    """
    documents = (
        Document.objects.visible_to(actor)
        .filter(archived_at__isnull=not archived)
        .select_related("created_by", "task")
    )
    words = query.split()[:12]
    if not words:
        return documents.order_by("-updated_at")
    if connection.vendor == "postgresql":
        wanted = SearchQuery(" ".join(words), config="simple", search_type="plain")
        return (
            documents.annotate(match=VECTOR)
            .filter(match=wanted)
            .annotate(rank=SearchRank(VECTOR, wanted))
            .order_by("-rank", "-updated_at")
        )
    for word in words:
        documents = documents.filter(Q(title__icontains=word) | Q(content__icontains=word))
    return documents.order_by("-updated_at")
