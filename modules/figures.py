"""What models have been used for lately, from the ledger."""

from dataclasses import dataclass
from datetime import timedelta
from typing import cast
from uuid import UUID

from django.db.models import Avg, Count, Q, Sum
from django.utils import timezone

from accounts.models import Workspace
from modules import breakers
from modules.completion import endpoint_of
from modules.language.base import ProviderError
from modules.models import AIModel, Breaker, Call

SPAN = timedelta(days=7)


@dataclass(frozen=True)
class Figures:
    """Calls of one model, or of all, within the span. Cost in microdollars, latency in ms."""

    calls: int = 0
    failed: int = 0
    tokens: int = 0
    cost: int = 0
    latency_ms: int = 0

    @property
    def failed_share(self) -> float:
        return self.failed / self.calls if self.calls else 0.0


def figures(workspace: Workspace) -> tuple[Figures, dict[UUID | None, Figures]]:
    """The sum, and each model by itself. One query."""
    rows = (
        Call.objects.filter(workspace=workspace, created_at__gte=timezone.now() - SPAN)
        .order_by()
        .values("model")
        .annotate(
            calls=Count("pk"),
            failed=Count("pk", filter=Q(status=Call.Status.ERROR)),
            tokens=Sum("input_tokens") + Sum("output_tokens"),
            cost=Sum("cost"),
            latency=Avg("latency_ms", filter=Q(status=Call.Status.OK)),
        )
    )
    each: dict[UUID | None, Figures] = {
        cast(UUID | None, row["model"]): Figures(
            row["calls"], row["failed"], row["tokens"], row["cost"], round(row["latency"] or 0)
        )
        for row in rows
    }
    total = Figures(
        calls=sum(one.calls for one in each.values()),
        failed=sum(one.failed for one in each.values()),
        tokens=sum(one.tokens for one in each.values()),
        cost=sum(one.cost for one in each.values()),
    )
    return total, each


def resting(models: list[AIModel]) -> dict[UUID, Breaker]:
    """The open breakers of these models. One query."""
    keys: dict[str, list[UUID]] = {}
    for model in models:
        try:
            key = breakers.key_of(model.provider, endpoint_of(model))
        except ProviderError:
            continue
        keys.setdefault(key, []).append(model.pk)
    found = Breaker.objects.filter(pk__in=keys, state=Breaker.State.OPEN)
    return {pk: breaker for breaker in found for pk in keys[breaker.pk]}
