"""Addresses of the agents and of their runs. An agent is found by its handle or its id."""

from django.urls import path

from agents.views import run, team

app_name = "agents"

urlpatterns = [
    path("agents/", team.agent_list, name="list"),
    path("agents/new/", team.create, name="create"),
    path("agents/<slug:handle>/", team.detail, name="detail"),
    path("agents/<slug:handle>/edit/", team.edit, name="edit"),
    path("agents/<slug:handle>/budget/", team.budget, name="budget"),
    path("agents/<slug:handle>/pause/", team.pause, name="pause"),
    path("agents/<slug:handle>/resume/", team.resume, name="resume"),
    path("agents/<slug:handle>/retire/", team.retire, name="retire"),
    path("agents/<slug:handle>/heartbeat/", team.heartbeat, name="heartbeat"),
    path("runs/<uuid:pk>/", run.detail, name="run"),
    path("runs/<uuid:pk>/newer/", run.newer, name="run_newer"),
    path("runs/<uuid:pk>/steps/<int:index>/", run.step, name="run_step"),
    path("runs/<uuid:pk>/stop/", run.stop, name="run_stop"),
    path("runs/<uuid:pk>/steer/", run.steer, name="run_steer"),
    path("approvals/<uuid:pk>/decide/", run.decide, name="approval_decide"),
]
