"""Addresses of the screens of webhooks; a part of the room's own."""

from django.urls import path

from activity.webhooks import views

urlpatterns = [
    path("", views.webhooks, name="webhooks"),
    path("<uuid:pk>/", views.webhook, name="webhook"),
    path("<uuid:pk>/switch/", views.switch, name="webhook_switch"),
    path("<uuid:pk>/rotate/", views.rotate, name="webhook_rotate"),
    path("<uuid:pk>/test/", views.test, name="webhook_test"),
    path("<uuid:pk>/delete/", views.delete, name="webhook_delete"),
    path("deliveries/<uuid:pk>/replay/", views.replay, name="delivery_replay"),
]
