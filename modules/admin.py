"""Models, their calls and their breakers, in the admin. Keys show nowhere."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.admin import ReadOnlyAdmin
from modules.models import (
    AIModel,
    Asset,
    AssetTag,
    Breaker,
    Call,
    Embedding,
    Job,
    Order,
    Playlist,
    PlaylistEntry,
    Schedule,
)


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


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["operation", "state", "progress", "cost", "attempts", "actor", "workspace"]
    list_filter = ["state", "operation", "door", "simulated", "workspace"]
    list_select_related = ["actor", "workspace"]
    date_hierarchy = "created_at"

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # What an agent had done in somebody's conversation is told there alone.
        private = obj is not None and obj.run is not None and obj.run.thread
        return ["input", "result", "error"] if private else []


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin):
    list_display = ["name", "operation", "cron", "timezone", "enabled", "due_at", "workspace"]
    list_filter = ["enabled", "operation", "workspace"]
    list_select_related = ["workspace"]


@admin.register(Asset)
class AssetAdmin(ReadOnlyAdmin):
    list_display = ["name", "kind", "content_type", "size", "owner", "simulated", "workspace"]
    list_filter = ["kind", "simulated", "workspace"]
    list_select_related = ["owner", "workspace"]
    search_fields = ["name", "digest"]
    date_hierarchy = "created_at"


@admin.register(AssetTag)
class AssetTagAdmin(ReadOnlyAdmin):
    list_display = ["name", "asset"]
    list_select_related = ["asset"]


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "ref", "placed_at", "called_at", "job"]
    list_select_related = ["job"]


@admin.register(Embedding)
class EmbeddingAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "model", "dimension", "workspace"]
    list_filter = ["model", "workspace"]
    list_select_related = ["workspace"]
    exclude = ["vector"]


@admin.register(Playlist)
class PlaylistAdmin(ReadOnlyAdmin):
    list_display = ["name", "owner", "workspace", "created_at"]
    list_filter = ["workspace"]
    list_select_related = ["owner", "workspace"]


@admin.register(PlaylistEntry)
class PlaylistEntryAdmin(ReadOnlyAdmin):
    list_display = ["playlist", "position", "asset"]
    list_select_related = ["playlist", "asset"]
