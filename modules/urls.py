"""Addresses of the models."""

from django.urls import path

from modules import views
from modules.assets import views as assets
from modules.music import views as music

app_name = "modules"

urlpatterns = [
    path("music/called/<str:token>/", music.called, name="music_called"),
    path(
        "assets/<uuid:pk>/<str:what>/<int:until>/<str:signature>/",
        assets.asset_file,
        name="asset_file",
    ),
    path("models/", views.models_page, name="models"),
    path("models/new/", views.model_form, name="model_new"),
    path("models/<uuid:pk>/", views.model_form, name="model"),
    path("models/<uuid:pk>/test/", views.model_test, name="model_test"),
    path("models/<uuid:pk>/default/", views.model_default, name="model_default"),
    path("models/<uuid:pk>/delete/", views.model_delete, name="model_delete"),
]
