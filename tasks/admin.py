"""The board in the admin."""

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from tasks.models import (
    Assignment,
    Attachment,
    Dependency,
    Evidence,
    InboundHook,
    InboundReceipt,
    Mention,
    Message,
    Reaction,
    Review,
    Task,
    TaskCounter,
    WorkingVersion,
)


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    list_display = ["key", "title", "kind", "status", "priority", "workspace", "updated_at"]
    list_filter = ["status", "kind", "priority", "workspace"]
    list_select_related = ["workspace"]
    search_fields = ["title", "description"]


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["task", "author", "kind", "created_at", "answered_at"]
    list_filter = ["kind"]
    list_select_related = ["task", "author"]
    search_fields = ["body"]


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    list_display = ["task", "reviewer", "verdict", "created_at"]
    list_filter = ["verdict"]
    list_select_related = ["task", "reviewer"]


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin):
    list_display = ["task", "kind", "summary", "submitted_by", "created_at"]
    list_filter = ["kind"]
    list_select_related = ["task", "submitted_by"]


@admin.register(WorkingVersion)
class WorkingVersionAdmin(ReadOnlyAdmin):
    list_display = ["workspace", "number", "author", "note", "created_at"]
    list_select_related = ["workspace", "author"]


@admin.register(InboundHook)
class InboundHookAdmin(ReadOnlyAdmin):
    list_display = ["name", "workspace", "enabled", "received", "last_used_at"]
    list_filter = ["enabled", "workspace"]
    list_select_related = ["workspace"]
    exclude = ["digest", "secret"]


for model in (Assignment, Attachment, Dependency, InboundReceipt, Mention, Reaction, TaskCounter):
    admin.site.register(model, ReadOnlyAdmin)
