"""Incoming webhooks for programs."""

from typing import Any
from uuid import UUID

from django.urls import path
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from core.api.fields import Choice, Flag, Input, ListQuery, Text
from core.api.schema import Answer, names_of, op
from tasks.inbound import actions
from tasks.inbound.actions import MAX_TEMPLATE
from tasks.inbound.models import InboundHook
from tasks.models import Task

PRIORITIES = [int(priority) for priority in Task.Priority.values]


class HookInput(Input):
    name = Text(max_length=80)
    title = Text(max_length=200, required=False, help_text="With places such as {{ issue.title }}")
    description = Text(blank=True, max_length=MAX_TEMPLATE, required=False)
    priority = Choice(choices=PRIORITIES, required=False)
    signed = Flag(required=False, help_text="Take only what is signed as Standard Webhooks say")


class HookChange(Input):
    name = Text(max_length=80, required=False)
    title = Text(max_length=200, required=False)
    description = Text(blank=True, max_length=MAX_TEMPLATE, required=False)
    priority = Choice(choices=PRIORITIES, required=False)
    enabled = Flag(required=False)


class HookAnswer(Answer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    priority = serializers.ChoiceField(choices=PRIORITIES)
    signed = serializers.BooleanField()
    enabled = serializers.BooleanField()
    received = serializers.IntegerField(help_text="How many tasks it has made")
    last_used_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class NewHookAnswer(HookAnswer):
    path = serializers.CharField(help_text="/hooks/…/, in this answer and nowhere else")
    secret = serializers.CharField(help_text="whsec_… if it is signed, else empty")


class HookEndpoint(Endpoint):
    """An endpoint about incoming webhooks."""

    tag = "webhooks"

    def hook(self, id: UUID) -> InboundHook:
        """The hook of this id, or 404."""
        return self.fetch(InboundHook.objects.all(), pk=id)


class Hooks(HookEndpoint):
    needs = {"GET": "webhooks", "POST": "webhooks"}

    @op("listIncomingWebhooks", query=ListQuery, page_of=HookAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """The secret addresses that make tasks. The addresses themselves are not known."""
        rows = InboundHook.objects.filter(workspace=self.workspace).order_by("name")
        return self.page(rows, lambda found: [hook_of(one) for one in found], query)

    @op(
        "createIncomingWebhook",
        takes=HookInput,
        gives=NewHookAnswer,
        status=201,
        example={"name": "Alarms", "title": "{{ alarm.title }}", "priority": 2},
    )
    def post(self, request: Any, data: dict[str, Any]) -> Any:
        """Make a secret address: whatever is sent there becomes a task after the template."""
        hook, token, secret = actions.create_hook(actor=self.actor, **data)
        return Response({**hook_of(hook), "path": f"/hooks/{token}/", "secret": secret}, status=201)


class OneHook(HookEndpoint):
    needs = {"GET": "webhooks", "PATCH": "webhooks", "DELETE": "webhooks"}

    @op("getIncomingWebhook", gives=HookAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """One incoming webhook, without its address, which is not kept."""
        return hook_of(self.hook(id))

    @op("changeIncomingWebhook", takes=HookChange, gives=HookAnswer, example={"enabled": False})
    def patch(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Change what is named. One that is switched off takes nothing."""
        return hook_of(actions.edit_hook(actor=self.actor, hook=self.hook(id), **data))

    @op("deleteIncomingWebhook", status=204)
    def delete(self, request: Any, id: UUID) -> Any:
        """End an address. The tasks that it made stay."""
        actions.delete_hook(actor=self.actor, hook=self.hook(id))


class Replacing(HookEndpoint):
    needs = {"POST": "webhooks"}

    @op("replaceIncomingWebhookAddress", gives=NewHookAnswer)
    def post(self, request: Any, id: UUID) -> Any:
        """Another address, in this answer alone; the old one ends at once."""
        hook, token = actions.replace_address(actor=self.actor, hook=self.hook(id))
        return {**hook_of(hook), "path": f"/hooks/{token}/", "secret": ""}


def hook_of(hook: InboundHook) -> dict[str, Any]:
    return {name: getattr(hook, name) for name in names_of(HookAnswer)}


urlpatterns = [
    path("webhooks/incoming", Hooks.as_view()),
    path("webhooks/incoming/<uuid:id>", OneHook.as_view()),
    path("webhooks/incoming/<uuid:id>/replace", Replacing.as_view()),
]
