"""The log in the admin."""

from django.contrib import admin

from activity.models import Activity, Delivery, Notification, Preference, Webhook
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


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    list_display = ["name", "workspace", "url", "enabled", "failures", "failing_since"]
    list_filter = ["enabled", "workspace"]
    list_select_related = ["workspace"]
    exclude = ["secret", "old_secret"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["event", "webhook", "state", "attempts", "status", "created_at"]
    list_filter = ["state"]
    list_select_related = ["webhook"]
    raw_id_fields = ["activity"]
