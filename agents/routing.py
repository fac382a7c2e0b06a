"""Addresses of the sockets of this room."""

from django.urls import path

from agents.consumers import AgentConsumer

websocket_urlpatterns = [path("api/v1/ws/agents/<uuid:agent>", AgentConsumer.as_asgi())]
