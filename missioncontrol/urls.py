"""Every address of the house."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("missioncontrol.health")),
    path("admin/", admin.site.urls),
]
