"""Documents and their history for programs."""

from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse

from activity.log import logged
from core.api.fields import ListQuery
from core.api.pages import ordered
from core.api.schema import op
from core.errors import NotFound
from core.history import version_of
from documents import actions
from documents.api.endpoint import DocumentEndpoint
from documents.models import Document, Template
from documents.printing import pdf_of
from documents.search import search
from documents.serializers import (
    DocumentAnswer,
    DocumentChange,
    DocumentFound,
    DocumentInput,
    DocumentQuery,
    DocumentReplacement,
    PrintQuery,
    RestoreInput,
    VersionAnswer,
    VersionRow,
    documents_found,
    versions_of,
)

_EXAMPLE = {
    "title": "How the harbour is lit",
    "content": "# Lights\n\nTwo of them.",
    "kind": "research",
}


class Documents(DocumentEndpoint):
    needs = {"GET": "read", "POST": "work"}

    @op("listDocuments", query=DocumentQuery, page_of=DocumentFound)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """The documents, without their text."""
        words = query.get("search", "")
        rows: QuerySet[Document] = search(self.actor, words, archived=query["archived"])
        for name in ("kind", "visibility", "task", "created_by"):
            if name in query:
                rows = rows.filter(**{name: query[name]})
        if not words.strip():
            rows = ordered(rows, dict(DocumentQuery.orders), query["ordering"])
        return self.page(rows, partial(documents_found, words=words), query)

    @op("createDocument", takes=DocumentInput, gives=DocumentAnswer, status=201, example=_EXAMPLE)
    def post(self, request: Any, data: dict[str, Any]) -> Any:
        """A new document, its first version."""
        task = None
        if data.get("task"):
            tasks: Any = Document._meta.get_field("task").related_model
            task = self.fetch(tasks.objects.all(), pk=data.pop("task"))
        data.pop("task", None)
        if key := data.pop("template", None):
            template = self.fetch(Template.objects.all(), pk=key)
            data = {"content": template.body, "kind": template.kind, **data}
        document = actions.create_document(actor=self.actor, task=task, **data)
        return self.answer(document.pk, 201)


class OneDocument(DocumentEndpoint):
    needs = {"GET": "read", "PUT": "work", "PATCH": "work", "DELETE": "work"}

    @op("getDocument", gives=DocumentAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """A document with its text."""
        self.document(id, archived_at=None)
        return self.answer(id)

    @op("replaceDocument", takes=DocumentReplacement, gives=DocumentAnswer, guarded=True)
    def put(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """A new version with another title and text. With If-Match, 412 if somebody was faster;
        its details hold both texts."""
        return self._edit(self.document(id, archived_at=None), data)

    @op("changeDocument", takes=DocumentChange, gives=DocumentAnswer, guarded=True)
    def patch(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """A new version that differs in what is named. Every version is kept."""
        archived, visibility = data.pop("archived", None), data.pop("visibility", None)
        document = self.document(id) if archived is False else self.document(id, archived_at=None)
        with logged():
            # First of all: what becomes private is so before the log tells of its text.
            if visibility is not None:
                actions.set_visibility(actor=self.actor, document=document, visibility=visibility)
            if archived is not None:
                actions.archive_document(actor=self.actor, document=document, archived=archived)
            return self._edit(document, data)

    @op("archiveDocument", status=204, guarded=True)
    def delete(self, request: Any, id: UUID) -> Any:
        """Put a document away. It can be taken out again by PATCH with archived: false."""
        document = self.document(id, archived_at=None)
        self.expected_version(document.version)
        actions.archive_document(actor=self.actor, document=document)

    def _edit(self, document: Document, data: dict[str, Any]) -> Any:
        actions.edit_document(
            actor=self.actor, document=document, expected_version=self.wanted_version, **data
        )
        return self.answer(document.pk)


class Versions(DocumentEndpoint):
    needs = {"GET": "read"}

    @op("listDocumentVersions", query=ListQuery, page_of=VersionRow)
    def get(self, request: Any, id: UUID, query: dict[str, Any]) -> Any:
        """Every version of a document, the newest first, without the texts."""
        return self.page(self.document(id).versions.order_by("-number"), versions_of, query)


class OneVersion(DocumentEndpoint):
    needs = {"GET": "read"}

    @op("getDocumentVersion", gives=VersionAnswer)
    def get(self, request: Any, id: UUID, number: int) -> Any:
        """One version with its text."""
        found = versions_of(self.document(id).versions.filter(number=number), content=True)
        if not found:
            raise NotFound(f"There is no version {number}.")
        return found[0]


class Restoring(DocumentEndpoint):
    needs = {"POST": "work"}

    @op("restoreDocument", takes=RestoreInput, gives=DocumentAnswer)
    def post(self, request: Any, id: UUID, data: dict[str, int]) -> Any:
        """Make an earlier version the newest again; those between stay in the history."""
        document = self.document(id, archived_at=None)
        actions.restore_version(actor=self.actor, document=document, number=data["version"])
        return self.answer(id)


class Printing(DocumentEndpoint):
    needs = {"GET": "read"}

    @op("printDocument", query=PrintQuery, gives=bytes, media_type="application/pdf")
    def get(self, request: Any, id: UUID, query: dict[str, Any]) -> Any:
        """The newest version as PDF, or another one. 503 where the machine cannot print."""
        document = self.document(id)
        old = None
        if "version" in query:
            old = version_of(document.versions.all(), str(query["version"]), title=document.title)
        return HttpResponse(pdf_of(document, old), content_type="application/pdf")
