"""Documents in the admin; of private ones only that they are there."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import ReadOnlyAdmin
from documents.models import Document, Share, Template, Version


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "kind", "visibility", "workspace", "version", "created_by"]
    list_filter = ["kind", "visibility", "workspace"]
    list_select_related = ["workspace", "created_by"]
    search_fields = ["title"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Whoever searches for a title learns nothing of private ones."""
        found, twice = super().get_search_results(request, queryset, search_term)
        return (found.filter(visibility="workspace") if search_term else found), twice

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["title", "content"] if obj is not None and obj.private else []


@admin.register(Version)
class VersionAdmin(ReadOnlyAdmin):
    list_display = ["document", "number", "author", "created_at"]
    list_select_related = ["document", "author"]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        hidden = obj is not None and obj.document.private
        return ["title", "content", "note"] if hidden else []


@admin.register(Share)
class ShareAdmin(ReadOnlyAdmin):
    list_display = ["document", "person", "role", "expires_at", "opened_at", "created_at"]
    list_filter = ["role"]
    list_select_related = ["document", "person"]
    fields = ["document", "person", "role", "created_by", "created_at", "expires_at", "opened_at"]


@admin.register(Template)
class TemplateAdmin(ReadOnlyAdmin):
    list_display = ["name", "kind", "workspace", "created_by", "updated_at"]
    list_filter = ["kind", "workspace"]
    list_select_related = ["workspace", "created_by"]
    search_fields = ["name", "description"]
