"""Looking at documents: the list, one of them, what a version changed, the text to take away."""

from uuid import UUID

from django.db.models.functions import Length, Substr
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.guards import MemberRequest, member
from accounts.roles import may
from activity.actions import mark_read_about
from core.history import changes_of, newest_versions, version_of
from documents.models import Document
from documents.printing import file_name, pdf_of
from documents.privacy import may_edit, may_keep
from documents.search import excerpts, search
from documents.views.finding import find

PAGE = 40
EXCERPT = 500


@member
@require_GET
def document_list(request: MemberRequest) -> HttpResponse:
    """The documents that hold the words of `q`, of one kind or all, or those put away."""
    q = request.GET.get("q", "").strip()[:200]
    kind = request.GET.get("kind", "")
    kind = kind if kind in Document.Kind.values else ""
    archived = request.GET.get("archived") == "1"
    page = _page_number(request)
    rows = search(request.member.actor, q, archived=archived)
    if kind:
        rows = rows.filter(kind=kind)
    # A row shows the beginning; the texts themselves may be long.
    rows = rows.annotate(excerpt=Substr("content", 1, EXCERPT), length=Length("content"))
    shown = list(rows.defer("content")[page * PAGE : (page + 1) * PAGE + 1])
    hits = excerpts([one.pk for one in shown], q)
    for one in shown:
        one.found = hits.get(one.pk, "")
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "documents": shown[:PAGE],
        "next_page": page + 1 if len(shown) > PAGE else None,
        "query": query.urlencode(),
        "q": q,
        "kind": kind,
        "archived": archived,
        "kinds": Document.Kind.choices,
        "may_work": may(request.member.actor, "work"),
    }
    if request.htmx and page:
        return render(request, "documents/_rows.html", context)
    if request.htmx and not request.htmx.history_restore_request:
        response = render(request, "documents/_list.html", context)
        response.headers["HX-Replace-Url"] = reverse("documents:list") + (
            f"?{query.urlencode()}" if any(query.values()) else ""
        )
        return response
    return render(request, "documents/list.html", context)


@member
@require_GET
def detail(request: MemberRequest, pk: UUID) -> HttpResponse:
    """A document to read: its newest version, or the one that `version` names."""
    document = find(request, pk)
    number = request.GET.get("version", "")
    old = None
    if number and number != str(document.version):
        old = version_of(document.versions.all(), number, title=document.title)
    mark_read_about(actor=request.member.actor, document=document.pk)
    context = {
        "document": document,
        "old": old,
        "content": old.content if old else document.content,
        "title": old.title if old else document.title,
        "versions": newest_versions(document.versions.all()),
        "words": len((old.content if old else document.content).split()),
        "may_edit": may_edit(request.member.actor, document),
        "may_keep": may_keep(request.member.actor, document),
        "may_decide": may(request.member.actor, "decide"),
    }
    name = "documents/_detail.html" if request.htmx else "documents/detail.html"
    return render(request, name, context)


@member
@require_GET
def version(request: MemberRequest, pk: UUID, number: int) -> HttpResponse:
    """What a version changed: against the one before it, or the one that `from` names."""
    document = find(request, pk)
    context = {
        **changes_of(document.versions.all(), number, request.GET, title=document.title),
        "thing": document,
        "url": reverse("documents:detail", args=[pk]),
        "restore_url": reverse("documents:restore", args=[pk, number]),
        "room": "Documents",
        "room_url": reverse("documents:list"),
        "may_edit": may_edit(request.member.actor, document),
    }
    return render(request, "changes.html", context)


@member
@require_GET
def download(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The Markdown itself."""
    document = find(request, pk)
    response = HttpResponse(document.content, content_type="text/markdown; charset=utf-8")
    name = file_name(document.title, "md")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@member
@require_GET
def pdf(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The newest version to print, or the one that `version` names."""
    document = find(request, pk)
    number = request.GET.get("version", "")
    old = version_of(document.versions.all(), number, title=document.title) if number else None
    response = HttpResponse(pdf_of(document, old), content_type="application/pdf")
    name = file_name((old or document).title, "pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _page_number(request: MemberRequest) -> int:
    text = request.GET.get("page", "")
    return int(text) if text.isdecimal() and len(text) < 7 else 0
