"""The log in the admin."""

from django.contrib import admin

from activity.models import Activity, Notification, Preference
from core.admin import ReadOnlyAdmin


@admin.register(Activity)
class ActivityAdmin(ReadOnlyAdmin):
    list_display = ["number", "workspace", "actor", "verb", "message", "created_at"]
    list_filter = ["workspace"]
    list_select_related = ["workspace", "actor"]
    search_fields = ["message", "verb"]
    raw_id_fields = ["task", "agent", "run", "document", "cause"]


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ["recipient", "kind", "activity", "created_at", "read_at", "emailed_at"]
    list_filter = ["kind"]
    list_select_related = ["recipient", "activity"]


@admin.register(Preference)
class PreferenceAdmin(ReadOnlyAdmin):
    list_display = ["actor", "kind", "in_app", "email"]
    list_select_related = ["actor"]
