"""Webhooks for programs."""

from typing import Any
from uuid import UUID

from django.urls import path
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from activity.models import Delivery, Webhook
from activity.webhooks import actions
from activity.webhooks.serializers import (
    DeliveryAnswer,
    DeliveryQuery,
    NewWebhookAnswer,
    WebhookAnswer,
    WebhookChange,
    WebhookInput,
    delivery_of,
    webhook_of,
)
from core.api.fields import ListQuery
from core.api.schema import op

_EXAMPLE = {"name": "Chat", "url": "https://example.org/hook", "events": ["task.*"]}


class Webhooks(Endpoint):
    tag = "webhooks"
    needs = {"GET": "webhooks", "POST": "webhooks"}

    @op("listWebhooks", query=ListQuery, page_of=WebhookAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """Who hears of what happens here. Secrets are never given out."""
        rows = Webhook.objects.filter(workspace=self.workspace).order_by("name")
        return self.page(rows, lambda found: [webhook_of(one) for one in found], query)

    @op("createWebhook", takes=WebhookInput, gives=NewWebhookAnswer, status=201, example=_EXAMPLE)
    def post(self, request: Any, data: dict[str, Any]) -> Any:
        """Let an address hear of events, signed as Standard Webhooks say.

        The secret is in this answer and nowhere else afterwards.
        """
        webhook, secret = actions.create_webhook(actor=self.actor, **data)
        return Response({**webhook_of(webhook), "secret": secret}, status=201)


class WebhookEndpoint(Endpoint):
    """An endpoint about one webhook."""

    tag = "webhooks"

    def webhook(self, id: UUID) -> Webhook:
        """The webhook of this id, or 404."""
        return self.fetch(Webhook.objects.all(), pk=id)


class OneWebhook(WebhookEndpoint):
    needs = {"GET": "webhooks", "PATCH": "webhooks", "DELETE": "webhooks"}

    @op("getWebhook", gives=WebhookAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """One webhook."""
        return webhook_of(self.webhook(id))

    @op("changeWebhook", takes=WebhookChange, gives=WebhookAnswer, example={"enabled": True})
    def patch(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Change what is named. Switched off, it gives up what waits; on, it begins anew."""
        return webhook_of(actions.edit_webhook(actor=self.actor, webhook=self.webhook(id), **data))

    @op("deleteWebhook", status=204)
    def delete(self, request: Any, id: UUID) -> Any:
        """Remove a webhook with the log of its deliveries."""
        actions.delete_webhook(actor=self.actor, webhook=self.webhook(id))


class Rotating(WebhookEndpoint):
    needs = {"POST": "webhooks"}

    @op("rotateWebhookSecret", gives=NewWebhookAnswer)
    def post(self, request: Any, id: UUID) -> Any:
        """Another secret, in this answer alone. The old one signs beside it for a day."""
        webhook, secret = actions.rotate_secret(actor=self.actor, webhook=self.webhook(id))
        return {**webhook_of(webhook), "secret": secret}


class Testing(WebhookEndpoint):
    needs = {"POST": "webhooks"}

    @op("testWebhook", gives=DeliveryAnswer, status=202)
    def post(self, request: Any, id: UUID) -> Any:
        """Send the event webhook.test; the delivery says what came of it."""
        return delivery_of(actions.send_test(actor=self.actor, webhook=self.webhook(id)))


class Deliveries(WebhookEndpoint):
    needs = {"GET": "webhooks"}

    @op("listDeliveries", query=DeliveryQuery, page_of=DeliveryAnswer)
    def get(self, request: Any, id: UUID, query: dict[str, Any]) -> Any:
        """What became of each message, the newest first; kept for 30 days."""
        rows = Delivery.objects.filter(webhook=self.webhook(id))
        if "state" in query:
            rows = rows.filter(state=query["state"])
        rows = rows.defer("payload").order_by("-created_at", "-pk")
        return self.page(rows, lambda found: [delivery_of(one) for one in found], query)


class Replaying(WebhookEndpoint):
    needs = {"POST": "webhooks"}

    @op("replayDelivery", gives=DeliveryAnswer, status=202)
    def post(self, request: Any, id: UUID, delivery: UUID) -> Any:
        """Send a delivery again, under the same message id and with all attempts anew."""
        rows = Delivery.objects.select_related("webhook").filter(webhook=id)
        found = self.fetch(rows, home="webhook__workspace", pk=delivery)
        return delivery_of(actions.replay_delivery(actor=self.actor, delivery=found))


urlpatterns = [
    path("webhooks", Webhooks.as_view()),
    path("webhooks/<uuid:id>", OneWebhook.as_view()),
    path("webhooks/<uuid:id>/rotate", Rotating.as_view()),
    path("webhooks/<uuid:id>/test", Testing.as_view()),
    path("webhooks/<uuid:id>/deliveries", Deliveries.as_view()),
    path("webhooks/<uuid:id>/deliveries/<uuid:delivery>/replay", Replaying.as_view()),
]
