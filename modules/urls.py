"""Addresses of the models."""

from django.urls import path

from modules import views
from modules.assets import views as assets
from modules.music.urls import urlpatterns as music
from modules.pages import gallery, running, schedules

app_name = "modules"

urlpatterns = [
    *music,
    path("modules/", running.index, name="index"),
    path("modules/jobs/<uuid:pk>/", running.job, name="job"),
    path("modules/jobs/<uuid:pk>/cancel/", running.cancel, name="job_cancel"),
    path("modules/jobs/<uuid:pk>/decide/", running.decide, name="job_decide"),
    path("modules/jobs/<uuid:pk>/retry/", running.retry, name="job_retry"),
    path("modules/schedules/", schedules.index, name="schedules"),
    path("modules/schedules/new/", schedules.edit, name="schedule_new"),
    path("modules/schedules/<uuid:pk>/", schedules.edit, name="schedule"),
    path("modules/schedules/<uuid:pk>/switch/", schedules.switch, name="schedule_switch"),
    path("modules/schedules/<uuid:pk>/now/", schedules.run_now, name="schedule_now"),
    path("modules/schedules/<uuid:pk>/delete/", schedules.delete, name="schedule_delete"),
    path("modules/<str:name>/", running.operation, name="operation"),
    path("assets/", gallery.gallery, name="assets"),
    path("assets/upload/", gallery.upload, name="asset_upload"),
    path("assets/<uuid:pk>/", gallery.asset, name="asset"),
    path("assets/<uuid:pk>/change/", gallery.change, name="asset_change"),
    path("assets/<uuid:pk>/delete/", gallery.delete, name="asset_delete"),
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
