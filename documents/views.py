"""Documents on screen: find, read, write, compare, bring back."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MemberRequest, fetch, member
from accounts.roles import may
from core.diff import compare
from core.errors import Conflict, Invalid
from documents import actions
from documents.forms import DocumentForm
from documents.models import Document
from documents.search import search

PAGE = 40


@member
@require_GET
def index(request: MemberRequest) -> HttpResponse:
    """Every document that holds the words and is of the kind in the query."""
    words, kind = request.GET.get("q", "").strip()[:100], request.GET.get("kind", "")
    archived = request.GET.get("archived") == "1"
    found = search(request.member.workspace, words, archived=archived).defer("content")
    if kind in Document.Kind.values:
        found = found.filter(kind=kind)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "page": page,
        "q": words,
        "kind": kind,
        "archived": archived,
        "kinds": Document.Kind.choices,
        "filtered": bool(words or kind or archived),
        "query": f"{query.urlencode()}&" if query else "",
        "may_work": may(request.member.actor, "work"),
    }
    name = "documents/_list.html" if request.htmx else "documents/list.html"
    return render(request, name, context)


@member
@require_GET
def detail(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One document as it is now, with its versions; for htmx, its text alone."""
    document = _document(request, pk)
    context = {
        "document": document,
        "words": len(document.content.split()),
        "may_work": may(request.member.actor, "work"),
    }
    if request.htmx:
        return render(request, "documents/_text.html", context)
    context["versions"] = document.versions.select_related("author").defer("content")[:100]
    return render(request, "documents/detail.html", context)


@member
@require_http_methods(["GET", "POST"])
def create(request: MemberRequest) -> HttpResponse:
    """A new document."""
    if request.method == "GET":
        form = DocumentForm(initial={"kind": Document.Kind.RESEARCH})
        return render(request, "documents/edit.html", {"form": form})
    form = DocumentForm(request.POST)
    if form.is_valid():
        try:
            document = actions.create_document(
                actor=request.member.actor,
                title=form.cleaned_data["title"],
                content=form.cleaned_data["content"],
                kind=form.cleaned_data["kind"],
            )
        except Invalid as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            return HttpResponseRedirect(reverse("documents:detail", args=[document.pk]))
    return render(request, "documents/edit.html", {"form": form}, status=422)


@member
@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    """A new version. When somebody was faster, both texts are shown and neither is lost."""
    document = _document(request, pk)
    if request.method == "GET":
        initial = {
            "title": document.title,
            "kind": document.kind,
            "content": document.content,
            "version": document.version,
        }
        context = {"document": document, "form": DocumentForm(initial=initial)}
        return render(request, "documents/edit.html", context)
    form = DocumentForm(request.POST)
    context = {"document": document, "form": form}
    if not form.is_valid():
        return render(request, "documents/edit.html", context, status=422)
    try:
        actions.edit_document(
            actor=request.member.actor,
            document=document,
            title=form.cleaned_data["title"],
            content=form.cleaned_data["content"],
            kind=form.cleaned_data["kind"],
            note=form.cleaned_data["note"],
            expected_version=form.cleaned_data["version"],
        )
    except Conflict as error:
        theirs, mine = error.details["theirs"], error.details["mine"]
        context |= {"error": error, "diff": compare(theirs, mine), "now": error.details["version"]}
        return render(request, "documents/edit.html", context, status=409)
    except Invalid as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return render(request, "documents/edit.html", context, status=422)
    return HttpResponseRedirect(reverse("documents:detail", args=[pk]))


@member
@require_POST
def preview(request: MemberRequest) -> HttpResponse:
    """What is in the editor, as it will look."""
    content = request.POST.get("content", "")
    return render(request, "documents/_preview.html", {"content": content})


@member
@require_GET
def version(request: MemberRequest, pk: UUID, number: int) -> HttpResponse:
    """One earlier state, against the one before it or against the newest."""
    document = _document(request, pk)
    versions = document.versions.select_related("author")
    chosen = fetch(versions, request, home="document__workspace", number=number)
    before = document.versions.filter(number__lt=number).first()
    against = request.GET.get("against", "before")
    if against == "now":
        diff = compare(chosen.content, document.content)
    else:
        diff = compare(before.content if before else "", chosen.content)
    context = {
        "document": document,
        "version": chosen,
        "before": before,
        "after": document.versions.filter(number__gt=number).last(),
        "against": against,
        "diff": diff,
        "may_work": may(request.member.actor, "work"),
    }
    return render(request, "documents/version.html", context)


@member
@require_POST
def restore(request: MemberRequest, pk: UUID, number: int) -> HttpResponse:
    """Make an earlier version the newest again."""
    document = _document(request, pk)
    actions.restore_version(actor=request.member.actor, document=document, number=number)
    messages.success(request, f"Version {number} is the newest again.")
    return HttpResponseRedirect(reverse("documents:detail", args=[pk]))


@member
@require_POST
def archive(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Put a document away, or take it out again."""
    document = _document(request, pk)
    away = document.archived_at is None
    actions.archive_document(actor=request.member.actor, document=document, archived=away)
    messages.success(request, "Archived." if away else "Back among the documents.")
    return HttpResponseRedirect(reverse("documents:detail", args=[pk]))


@member
@require_GET
def download(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The Markdown itself."""
    document = _document(request, pk)
    response = HttpResponse(document.content, content_type="text/markdown; charset=utf-8")
    name = slugify(document.title)[:80] or "document"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.md"'
    return response


def _document(request: MemberRequest, pk: UUID) -> Document:
    rows = Document.objects.select_related("created_by", "task", "workspace")
    return fetch(rows, request, pk=pk)
