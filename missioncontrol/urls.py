"""Every address of the house."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("missioncontrol.health")),
    path("", include("dashboard.urls")),
    path("", include("accounts.urls")),
    path("", include("activity.urls")),
    path("", include("modules.urls")),
    path("", include("documents.urls")),
    path("", include("agents.urls")),
    path("", include("tasks.urls")),
    path("", include("conversations.urls")),
    path("", include("whitepapers.urls")),
    path("api/v1/", include("missioncontrol.api")),
    path("admin/", admin.site.urls),
]
