"""The house's addresses, and this room's whether or not they are among them."""

from django.urls import include, path

from missioncontrol.urls import urlpatterns as house

urlpatterns = [path("", include("modules.urls")), *house]
