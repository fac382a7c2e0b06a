"""Agents, their runs, and what waits for a person, for programs."""

from django.urls import path

from agents.api import agents, approvals, budgets, runs

urlpatterns = [
    path("agents", agents.Agents.as_view()),
    path("agents/<uuid:id>", agents.OneAgent.as_view()),
    path("agents/<uuid:id>/heartbeat", agents.Heartbeat.as_view()),
    path("agents/<uuid:id>/pause", agents.Pause.as_view()),
    path("agents/<uuid:id>/resume", agents.Resume.as_view()),
    path("agents/<uuid:id>/activities", agents.AgentActivities.as_view()),
    path("activities/agent/<uuid:id>", agents.ActivitiesByAgent.as_view()),
    path("runs", runs.Runs.as_view()),
    path("runs/<uuid:id>", runs.OneRun.as_view()),
    path("runs/<uuid:id>/steps", runs.Steps.as_view()),
    path("runs/<uuid:id>/cancel", runs.Cancel.as_view()),
    path("runs/<uuid:id>/steer", runs.Steer.as_view()),
    path("runs/<uuid:id>/renew", runs.Renew.as_view()),
    path("runs/<uuid:id>/finish", runs.Finish.as_view()),
    path("approvals", approvals.Approvals.as_view()),
    path("approvals/<uuid:id>", approvals.OneApproval.as_view()),
    path("approvals/<uuid:id>/approve", approvals.Approve.as_view()),
    path("approvals/<uuid:id>/deny", approvals.Deny.as_view()),
    path("budgets", budgets.Budgets.as_view()),
    path("budgets/<uuid:id>", budgets.OneBudget.as_view()),
    path("workspaces/current/halt", agents.Halt.as_view()),
    path("workspaces/current/resume", agents.ResumeAll.as_view()),
]
