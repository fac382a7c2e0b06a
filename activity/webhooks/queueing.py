"""Putting events on their way, in the transaction that made them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from activity.models import Activity, Delivery, Webhook
from activity.webhooks.patterns import matches
from core.clock import Now
from core.queueing import enqueue

SENDER = "activity.jobs.send_webhooks"


def queue_deliveries(
    workspace_id: UUID, entries: Sequence[Activity], events: Sequence[Mapping[str, Any]]
) -> None:
    """Write a delivery for each event and each webhook that wants to hear of it."""
    listening = Webhook.objects.filter(workspace=workspace_id, enabled=True)
    wanted = list(listening.values_list("pk", "events"))
    rows = [
        Delivery(
            webhook_id=webhook,
            activity=entry,
            event=entry.verb,
            payload=body_of(entry.verb, entry.created_at, event),
            next_try_at=Now(),
            created_at=entry.created_at,
        )
        for entry, event in zip(entries, events, strict=True)
        for webhook, patterns in wanted
        if matches(patterns, entry.verb)
    ]
    if rows:
        Delivery.objects.bulk_create(rows)
        enqueue(SENDER)


def body_of(verb: str, at: datetime, data: Mapping[str, Any]) -> str:
    """The body of a message: type, timestamp, data."""
    content = {"type": verb, "timestamp": at.isoformat(), "data": data}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
