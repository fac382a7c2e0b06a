"""Addresses of the sockets of this room."""

from django.urls import path

from conversations.consumers import ConversationConsumer

websocket_urlpatterns = [
    path("api/v1/ws/conversations/<uuid:conversation>", ConversationConsumer.as_asgi())
]
