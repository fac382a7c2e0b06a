"""Addresses of the sockets of this room."""

from django.urls import path

from activity.consumers import FeedConsumer

websocket_urlpatterns = [path("api/v1/ws/activities", FeedConsumer.as_asgi())]
