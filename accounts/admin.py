"""People, workspaces and keys in the admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from accounts.models import (
    Actor,
    ApiKey,
    Invitation,
    Login,
    Membership,
    Receipt,
    User,
    Workspace,
)
from core.admin import ReadOnlyAdmin


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    list_display = ["username", "email", "is_active", "is_staff", "last_login"]
    fieldsets = (*(UserAdmin.fieldsets or ()), ("Mission Control", {"fields": ["timezone"]}))


@admin.register(Workspace)
class WorkspaceAdmin(ReadOnlyAdmin):
    list_display = ["name", "slug", "last_event", "halted_at", "created_at"]
    search_fields = ["name", "slug"]


@admin.register(Actor)
class ActorAdmin(ReadOnlyAdmin):
    list_display = ["handle", "name", "kind", "workspace", "active"]
    list_filter = ["kind", "active"]
    list_select_related = ["workspace"]
    search_fields = ["handle", "name"]


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ["user", "workspace", "role", "created_at"]
    list_filter = ["role"]
    list_select_related = ["user", "workspace"]


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ["name", "prefix", "actor", "scopes", "last_used_at", "expires_at", "revoked_at"]
    list_select_related = ["actor"]
    exclude = ["digest"]


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ["workspace", "role", "email", "created_at", "expires_at", "used_at"]
    list_select_related = ["workspace"]
    exclude = ["digest"]


@admin.register(Login)
class LoginAdmin(ReadOnlyAdmin):
    list_display = ["user", "program", "address", "created_at", "refreshed_at", "ended_at"]
    list_select_related = ["user"]
    exclude = ["stamp"]


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    list_display = ["key", "owner", "status", "created_at"]
    exclude = ["answer", "digest"]
