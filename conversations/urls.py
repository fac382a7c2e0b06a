"""Addresses of conversations."""

from django.urls import path

from conversations.views import keeping, reading, talking

app_name = "conversations"

urlpatterns = [
    path("chat/", reading.home, name="home"),
    path("chat/new/", talking.start, name="start"),
    path("chat/shared/<str:token>/", reading.shared, name="shared"),
    path("chat/<uuid:pk>/", reading.detail, name="detail"),
    path("chat/<uuid:pk>/turns/", reading.turns, name="turns"),
    path("chat/<uuid:pk>/send/", talking.send, name="send"),
    path("chat/<uuid:pk>/keep/", keeping.keep, name="keep"),
    path("chat/<uuid:pk>/company/", keeping.company, name="company"),
    path("chat/<uuid:pk>/mentions/", keeping.mentions, name="mentions"),
    path("chat/<uuid:pk>/share/", keeping.share, name="share"),
    path("chat/<uuid:pk>/delete/", keeping.delete, name="delete"),
    path("chat/<uuid:pk>/export/<str:form>/", reading.export, name="export"),
    path("turns/<uuid:pk>/", reading.turn, name="turn"),
    path("turns/<uuid:pk>/stop/", talking.stop, name="stop"),
    path("turns/<uuid:pk>/retry/", talking.retry, name="retry"),
    path("turns/<uuid:pk>/edit/", talking.edit, name="edit"),
    path("turns/<uuid:pk>/task/", keeping.task, name="task"),
]
