"""Conversations in the admin: that they are there, not what is said in them."""

from django.contrib import admin

from conversations.models import Conversation, Seat, Turn, TurnFile
from core.admin import ReadOnlyAdmin


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    list_display = ["id", "owner", "agent", "workspace", "pinned", "archived_at", "updated_at"]
    list_filter = ["workspace"]
    list_select_related = ["owner", "agent__actor", "workspace"]
    fields = ["owner", "agent", "workspace", "archived_at", "shared_at", "created_at", "updated_at"]


@admin.register(Seat)
class SeatAdmin(ReadOnlyAdmin):
    list_display = ["conversation_id", "agent", "position"]
    list_select_related = ["agent__actor"]


@admin.register(Turn)
class TurnAdmin(ReadOnlyAdmin):
    list_display = ["conversation_id", "index", "role", "state", "cost", "created_at"]
    list_filter = ["state", "role"]
    fields = ["index", "role", "state", "problem", "cost", "simulated", "created_at", "ended_at"]


@admin.register(TurnFile)
class TurnFileAdmin(ReadOnlyAdmin):
    list_display = ["id", "kind", "position"]
    fields = ["kind", "position"]
