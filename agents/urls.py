"""Addresses of the agents and of their runs."""

from django.urls import path, re_path

from agents.views import run, team

app_name = "agents"

UUID = r"(?P<pk>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"

urlpatterns = [
    path("agents/", team.agent_list, name="list"),
    path("agents/new/", team.create, name="create"),
    path("agents/<uuid:pk>/", team.detail, name="detail"),
    path("agents/<uuid:pk>/edit/", team.edit, name="edit"),
    path("agents/<uuid:pk>/budget/", team.budget, name="budget"),
    re_path(rf"^agents/{UUID}/(?P<what>pause|resume|retire|wake)/$", team.act, name="act"),
    path("runs/<uuid:pk>/", run.detail, name="run"),
    path("runs/<uuid:pk>/newer/", run.newer, name="run_newer"),
    path("runs/<uuid:pk>/steps/<int:index>/", run.step, name="step"),
    path("runs/<uuid:pk>/stop/", run.stop, name="stop"),
    path("runs/<uuid:pk>/steer/", run.steer, name="steer"),
    path("approvals/<uuid:pk>/decide/", run.decide, name="decide"),
]
