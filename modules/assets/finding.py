"""Finding assets by kind, words, tags and rating: the same for screen and API."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Workspace
from modules.models import Asset


def find(workspace: Workspace, wanted: Mapping[str, Any]) -> QuerySet[Asset]:
    """The assets of a workspace that fit: `kind`, `tag`, `search`, `job`, `simulated`,
    `least_rating`, each of them optional."""
    rows = Asset.objects.filter(workspace=workspace)
    for name in ("kind", "job", "simulated"):
        if name in wanted:
            rows = rows.filter(**{name: wanted[name]})
    if "tag" in wanted:
        rows = rows.filter(tags__name=wanted["tag"].lower())
    if "least_rating" in wanted:
        rows = rows.filter(rating__gte=wanted["least_rating"])
    for word in str(wanted.get("search", "")).split()[:8]:
        rows = rows.filter(Q(name__icontains=word) | Q(meta__prompt__icontains=word))
    return rows
