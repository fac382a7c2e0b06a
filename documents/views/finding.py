"""The screens of documents: what more than one of them needs."""

from uuid import UUID

from django.http import HttpResponseRedirect
from django.urls import reverse

from accounts.guards import MemberRequest, fetch
from documents.models import Document


def find(request: MemberRequest, pk: UUID) -> Document:
    """The document at an address. Raises NotFound for what one may not read."""
    rows = Document.objects.visible_to(request.member.actor)
    return fetch(rows.select_related("created_by", "task", "workspace"), request, pk=pk)


def to(document: Document) -> HttpResponseRedirect:
    """The way to a document."""
    return HttpResponseRedirect(reverse("documents:detail", args=[document.pk]))
