"""Addresses of the command center."""

from django.urls import path

from dashboard.views import analytics, doing, home, welcome

app_name = "dashboard"

urlpatterns = [
    path("", home.home, name="home"),
    path("welcome/", welcome.welcome, name="welcome"),
    path("goal/", doing.goal, name="goal"),
    path("questions/<uuid:pk>/answer/", doing.answer_question, name="answer"),
    path("tasks/<int:number>/unblock/", doing.unblock, name="unblock"),
    path("halt/", doing.halt, name="halt"),
    path("resume/", doing.resume, name="resume"),
    path("budgets/<uuid:pk>/", doing.budget, name="budget"),
    path("analytics/", analytics.analytics, name="analytics"),
    path("analytics/keep/", analytics.keep, name="analytics_keep"),
    path("analytics/<slug:name>.csv", analytics.table, name="analytics_table"),
    path("workspaces/new/", doing.new_workspace, name="new_workspace"),
]
