"""Addresses of the feed and of notifications."""

from django.urls import include, path

from activity import views

app_name = "activity"

urlpatterns = [
    path("activity/", views.feed, name="feed"),
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/bell/", views.bell, name="bell"),
    path("notifications/unread/", views.unread, name="unread"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/<uuid:pk>/", views.open_notification, name="open"),
    path("notifications/<uuid:pk>/read/", views.read, name="read"),
    path("settings/notifications/", views.preferences, name="preferences"),
    path("settings/webhooks/", include("activity.webhooks.urls")),
]
