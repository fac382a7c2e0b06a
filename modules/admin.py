"""Models, their calls and their breakers, in the admin. Keys show nowhere."""

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from modules.models import AIModel, Breaker, Call


@admin.register(AIModel)
class AIModelAdmin(ReadOnlyAdmin):
    list_display = [
        "name",
        "kind",
        "provider",
        "model_id",
        "base_url",
        "is_default",
        "enabled",
        "workspace",
    ]
    list_filter = ["kind", "provider", "enabled", "workspace"]
    list_select_related = ["workspace"]
    search_fields = ["name", "model_id"]
    exclude = ["credentials"]


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    list_display = [
        "created_at",
        "model_name",
        "status",
        "error_code",
        "attempts",
        "input_tokens",
        "output_tokens",
        "cost",
        "latency_ms",
        "actor",
        "workspace",
    ]
    list_filter = ["status", "error_code", "simulated", "workspace"]
    list_select_related = ["actor", "workspace"]
    date_hierarchy = "created_at"


@admin.register(Breaker)
class BreakerAdmin(ReadOnlyAdmin):
    list_display = ["key", "state", "failures", "opened_at", "retry_at"]
    list_filter = ["state"]
