"""Documents in the admin."""

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from documents.models import Document, Version


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    list_display = ["title", "kind", "workspace", "version", "created_by", "updated_at"]
    list_filter = ["kind", "workspace"]
    list_select_related = ["workspace", "created_by"]
    search_fields = ["title"]


@admin.register(Version)
class VersionAdmin(ReadOnlyAdmin):
    list_display = ["document", "number", "author", "note", "created_at"]
    list_select_related = ["document", "author"]
