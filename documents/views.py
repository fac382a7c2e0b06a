"""The screens of the documents: find, read, write, compare."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.db.models.functions import Length, Substr
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MemberRequest, fetch, member
from accounts.roles import may, require
from activity.actions import mark_read_about
from core.blame import blame
from core.diff import compare
from core.errors import Conflict, MCError, NotFound
from documents import actions
from documents.forms import DocumentForm
from documents.models import Document, Version
from documents.search import search

PAGE = 40
EXCERPT = 500
MOST_VERSIONS = 100


@member
@require_GET
def document_list(request: MemberRequest) -> HttpResponse:
    """The documents that hold the words of `q`, of one kind or all, or those put away."""
    workspace = request.member.workspace
    q = request.GET.get("q", "").strip()[:200]
    kind = request.GET.get("kind", "")
    kind = kind if kind in Document.Kind.values else ""
    archived = request.GET.get("archived") == "1"
    page = _page_number(request)
    rows = search(workspace, q, archived=archived)
    if kind:
        rows = rows.filter(kind=kind)
    # A row shows the beginning; the texts themselves may be long.
    rows = rows.annotate(excerpt=Substr("content", 1, EXCERPT), length=Length("content"))
    shown = list(rows.defer("content")[page * PAGE : (page + 1) * PAGE + 1])
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
    document = _find(request, pk)
    number = request.GET.get("version", "")
    old = None
    if number and number != str(document.version):
        old = _version(document, number)
    mark_read_about(actor=request.member.actor, document=document.pk)
    versions = document.versions.select_related("author").defer("content")
    context = {
        "document": document,
        "old": old,
        "content": old.content if old else document.content,
        "title": old.title if old else document.title,
        "versions": versions[:MOST_VERSIONS],
        "words": len((old.content if old else document.content).split()),
        "may_work": may(request.member.actor, "work"),
    }
    name = "documents/_detail.html" if request.htmx else "documents/detail.html"
    return render(request, name, context)


@member
@require_http_methods(["GET", "POST"])
def create(request: MemberRequest) -> HttpResponse:
    """A new document."""
    require(request.member.actor, "work")
    form = DocumentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            document = actions.create_document(
                actor=request.member.actor,
                title=said["title"],
                content=said["content"],
                kind=said["kind"],
            )
        except MCError as error:
            blame(form, error)
        else:
            messages.success(request, "Written")
            return HttpResponseRedirect(reverse("documents:detail", args=[document.pk]))
    return render(
        request, "documents/edit.html", {"form": form}, status=422 if form.errors else 200
    )


@member
@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Revise a document. Whoever was slower sees both texts, and loses neither."""
    require(request.member.actor, "work")
    document = _find(request, pk)
    present = {
        "title": document.title,
        "kind": document.kind,
        "content": document.content,
        "version": document.version,
    }
    form = DocumentForm(request.POST or None, initial=present)
    context: dict[str, object] = {"form": form, "document": document}
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.edit_document(
                actor=request.member.actor,
                document=document,
                title=said["title"],
                content=said["content"],
                kind=said["kind"],
                note=said["note"],
                expected_version=said["version"],
            )
        except Conflict as error:
            document.refresh_from_db()
            context |= {
                "conflict": error,
                "diff": compare(document.content, said["content"]),
                "form": DocumentForm(initial={**said, "version": document.version}),
            }
            return render(request, "documents/edit.html", context, status=409)
        except MCError as error:
            blame(form, error)
        else:
            return HttpResponseRedirect(reverse("documents:detail", args=[pk]))
    return render(request, "documents/edit.html", context, status=422 if form.errors else 200)


@member
@require_POST
def preview(request: MemberRequest) -> HttpResponse:
    """A text as it would be read."""
    content = request.POST.get("content", "")[: actions.MAX_CONTENT]
    return render(request, "documents/_preview.html", {"content": content})


@member
@require_GET
def version(request: MemberRequest, pk: UUID, number: int) -> HttpResponse:
    """What a version changed: against the one before it, or the one that `from` names."""
    document = _find(request, pk)
    new = _version(document, str(number))
    earlier = request.GET.get("from", "")
    if not earlier and new.number > 1:
        earlier = str(new.number - 1)
    old = _version(document, earlier) if earlier else None
    context = {
        "document": document,
        "old": old,
        "new": new,
        "diff": compare(old.content if old else "", new.content),
        "one_column": old is None or request.GET.get("view") == "one",
        "versions": document.versions.defer("content").select_related("author")[:MOST_VERSIONS],
        "may_work": may(request.member.actor, "work"),
    }
    return render(request, "documents/version.html", context)


@member
@require_POST
def restore(request: MemberRequest, pk: UUID, number: int) -> HttpResponse:
    """Make an earlier version the newest."""
    document = _find(request, pk)
    actions.restore_version(actor=request.member.actor, document=document, number=number)
    messages.success(request, f"Version {number} is back")
    return HttpResponseRedirect(reverse("documents:detail", args=[pk]))


@member
@require_POST
def archive(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Put a document away, or take it out again."""
    document = _find(request, pk)
    away = document.archived_at is None
    actions.archive_document(actor=request.member.actor, document=document, archived=away)
    messages.success(request, f"“{document.title}” is {'put away' if away else 'back'}")
    return HttpResponseRedirect(reverse("documents:detail", args=[pk]))


@member
@require_GET
def download(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The Markdown itself."""
    document = _find(request, pk)
    response = HttpResponse(document.content, content_type="text/markdown; charset=utf-8")
    name = slugify(document.title)[:80] or "document"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.md"'
    return response


def _find(request: MemberRequest, pk: UUID) -> Document:
    rows: QuerySet[Document] = Document.objects.select_related("created_by", "task", "workspace")
    return fetch(rows, request, pk=pk)


def _version(document: Document, number: str) -> Version:
    known = document.versions.select_related("author")
    usable = number.isdecimal() and len(number) < 9
    found = known.filter(number=int(number)).first() if usable else None
    if found is None:
        raise NotFound(f"“{document.title}” has no version {number}.")
    return found


def _page_number(request: MemberRequest) -> int:
    text = request.GET.get("page", "")
    return int(text) if text.isdecimal() and len(text) < 7 else 0
