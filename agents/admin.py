"""Agents and what they did, in the admin; of talks only that they took place."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from agents.models import Agent, Approval, Budget, Heartbeat, Run, Step, Wake
from core.admin import ReadOnlyAdmin


@admin.register(Agent)
class AgentAdmin(ReadOnlyAdmin):
    list_display = ["name", "handle", "duty", "status", "workspace", "next_heartbeat_at"]
    list_filter = ["duty", "status", "workspace"]
    list_select_related = ["actor", "workspace"]
    search_fields = ["actor__name", "actor__handle", "role"]


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = [
        "id",
        "kind",
        "agent",
        "task",
        "state",
        "token",
        "crashes",
        "cost",
        "created_at",
    ]
    list_filter = ["state", "kind", "workspace"]
    list_select_related = ["agent__actor", "task"]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["brief", "outcome", "reason"] if obj is not None and obj.thread else []


@admin.register(Step)
class StepAdmin(ReadOnlyAdmin):
    list_display = ["run", "index", "kind", "name", "state", "started_at", "ended_at"]
    list_filter = ["kind", "state"]
    list_select_related = ["run"]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["content", "result"] if obj is not None and obj.run.thread else []


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    list_display = ["question", "kind", "state", "run", "decided_by", "created_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["run", "decided_by"]


@admin.register(Budget)
class BudgetAdmin(admin.ModelAdmin[Budget]):
    """Limits may be set here; what is spent and reserved is the house's own account."""

    list_display = ["__str__", "window_s", "cost_limit", "cost_spent", "token_limit", "run_limit"]
    list_select_related = ["workspace", "agent__actor"]
    readonly_fields = [
        "workspace",
        "agent",
        "window_started_at",
        "cost_spent",
        "cost_reserved",
        "tokens_spent",
        "tokens_reserved",
        "runs_started",
    ]


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ["agent", "at", "due_at", "trigger", "runs"]
    list_filter = ["trigger"]
    list_select_related = ["agent__actor"]


@admin.register(Wake)
class WakeAdmin(ReadOnlyAdmin):
    list_display = ["agent", "reason", "created_at"]
    list_select_related = ["agent__actor"]
