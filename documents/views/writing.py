"""Changing documents: write, revise, bring back, put away."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.guards import MemberRequest, as_uuid, member
from accounts.roles import require
from core.blame import blame
from core.diff import compare
from core.errors import Conflict, MCError
from documents import actions
from documents.forms import DocumentForm
from documents.models import Document, Template
from documents.privacy import require_edit
from documents.views.finding import find, to


@member
@require_http_methods(["GET", "POST"])
def create(request: MemberRequest) -> HttpResponse:
    """A new document, from nothing or from the template that `template` names."""
    require(request.member.actor, "work")
    templates = Template.objects.filter(workspace=request.member.workspace)
    key = as_uuid(request.GET.get("template", ""))
    chosen = templates.filter(pk=key).first() if key else None
    begun = {"kind": chosen.kind, "content": chosen.body} if chosen else {}
    form = DocumentForm(request.POST or None, initial=begun)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            document = actions.create_document(
                actor=request.member.actor,
                title=said["title"],
                content=said["content"],
                kind=said["kind"],
                visibility=said["visibility"] or Document.Visibility.WORKSPACE,
            )
        except MCError as error:
            blame(form, error)
        else:
            messages.success(request, "Written")
            return to(document)
    context = {"form": form, "templates": templates.defer("body"), "chosen": chosen}
    return render(request, "documents/edit.html", context, status=422 if form.errors else 200)


@member
@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Revise a document. Whoever was slower sees both texts, and loses neither."""
    require(request.member.actor, "work")
    document = find(request, pk)
    require_edit(request.member.actor, document)
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
            return to(document)
    return render(request, "documents/edit.html", context, status=422 if form.errors else 200)


@member
@require_POST
def preview(request: MemberRequest) -> HttpResponse:
    """A text as it would be read."""
    content = request.POST.get("content", "")[: actions.MAX_CONTENT]
    return render(request, "documents/_preview.html", {"content": content})


@member
@require_POST
def restore(request: MemberRequest, pk: UUID, number: int) -> HttpResponse:
    """Make an earlier version the newest."""
    document = find(request, pk)
    actions.restore_version(actor=request.member.actor, document=document, number=number)
    messages.success(request, f"Version {number} is back")
    return to(document)


@member
@require_POST
def archive(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Put a document away, or take it out again."""
    document = find(request, pk)
    away = document.archived_at is None
    actions.archive_document(actor=request.member.actor, document=document, archived=away)
    messages.success(request, f"“{document.title}” is {'put away' if away else 'back'}")
    return to(document)
