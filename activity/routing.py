"""Addresses of the sockets of this room."""

from django.urls import path

from activity.consumers import ActivityConsumer

websocket_urlpatterns = [path("api/v1/ws/activities", ActivityConsumer.as_asgi())]
