"""Whitepapers in the admin."""

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from whitepapers.models import Whitepaper, WhitepaperVersion


@admin.register(Whitepaper)
class WhitepaperAdmin(ReadOnlyAdmin):
    list_display = ["title", "workspace", "status", "public", "version", "updated_at"]
    list_filter = ["status", "public", "workspace"]
    list_select_related = ["workspace"]
    search_fields = ["title", "slug"]


@admin.register(WhitepaperVersion)
class WhitepaperVersionAdmin(ReadOnlyAdmin):
    list_display = ["whitepaper", "number", "author", "note", "created_at"]
    list_select_related = ["whitepaper", "author"]
