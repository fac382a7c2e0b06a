"""What programs say of webhooks, and are told."""

from typing import Any

from rest_framework import serializers

from activity.models import Delivery, Webhook
from activity.webhooks.patterns import MAX_PATTERNS, PATTERN
from core.api.fields import Choice, Flag, Input, ListQuery, Many, Text
from core.api.schema import Answer, names_of

STATES = [str(state) for state in Delivery.State.values]


def _events(**kwargs: Any) -> Many:
    said = "Patterns: *, task.* or task.moved"
    one = Text(max_length=72, pattern=PATTERN)
    return Many(one, min_length=1, max_length=MAX_PATTERNS, help_text=said, **kwargs)


class WebhookInput(Input):
    name = Text(max_length=80)
    url = Text(max_length=2000, help_text="http or https, on the open internet")
    events = _events(required=False)


class WebhookChange(Input):
    name = Text(max_length=80, required=False)
    url = Text(max_length=2000, required=False)
    events = _events(required=False)
    enabled = Flag(required=False)


class DeliveryQuery(ListQuery):
    state = Choice(choices=STATES, required=False)


class WebhookAnswer(Answer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField())
    enabled = serializers.BooleanField()
    disabled_because = serializers.CharField()
    failures = serializers.IntegerField(help_text="Failed attempts in a row")
    failing_since = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class NewWebhookAnswer(WebhookAnswer):
    secret = serializers.CharField(help_text="whsec_…, in this answer and nowhere else")


class DeliveryAnswer(Answer):
    id = serializers.UUIDField()
    message_id = serializers.CharField(help_text="The webhook-id that the receiver gets")
    event = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    attempts = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True, help_text="Of the last answer")
    excerpt = serializers.CharField(help_text="Of the last answer")
    error = serializers.CharField()
    next_try_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)


def webhook_of(webhook: Webhook) -> dict[str, Any]:
    return {name: getattr(webhook, name) for name in names_of(WebhookAnswer)}


def delivery_of(delivery: Delivery) -> dict[str, Any]:
    told = {name: getattr(delivery, name) for name in names_of(DeliveryAnswer)}
    if delivery.state != Delivery.State.WAITING:
        told["next_try_at"] = None
    return told
