"""Templates of documents on screen."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MemberRequest, as_uuid, fetch, member
from accounts.roles import may, require
from core.blame import blame
from core.errors import Invalid, MCError
from documents import actions
from documents.forms import TemplateForm
from documents.models import Template
from documents.views.finding import find


@member
@require_GET
def template_list(request: MemberRequest) -> HttpResponse:
    """The templates of the workspace."""
    rows = Template.objects.filter(workspace=request.member.workspace).defer("body")
    context = {"templates": rows, "may_decide": may(request.member.actor, "decide")}
    return render(request, "documents/templates.html", context)


@member
@require_http_methods(["GET", "POST"])
def create(request: MemberRequest) -> HttpResponse:
    """A new template, from nothing or from the document that `from` names."""
    require(request.member.actor, "decide")
    begun = {}
    if key := as_uuid(request.GET.get("from", "")):
        document = find(request, key)
        if document.private:
            raise Invalid("This document is private, and templates are for all to use.")
        begun = {"name": document.title[:80], "kind": document.kind, "content": document.content}
    form = TemplateForm(request.POST or None, initial=begun)
    if request.method == "POST" and form.is_valid():
        try:
            template = actions.create_template(actor=request.member.actor, outline=form.outline)
        except MCError as error:
            blame(form, error, body="content")
        else:
            messages.success(request, f"“{template.name}” is a template now")
            return HttpResponseRedirect(reverse("documents:templates"))
    return _desk(request, form, None)


@member
@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Change a template."""
    require(request.member.actor, "decide")
    template = fetch(Template.objects.all(), request, pk=pk)
    present = {**vars(actions.outline_of(template)), "content": template.body}
    form = TemplateForm(request.POST or None, initial=present)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_template(
                actor=request.member.actor, template=template, outline=form.outline
            )
        except MCError as error:
            blame(form, error, body="content")
        else:
            messages.success(request, "Saved")
            return HttpResponseRedirect(reverse("documents:templates"))
    return _desk(request, form, template)


@member
@require_POST
def delete(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Remove a template for good."""
    require(request.member.actor, "decide")
    template = fetch(Template.objects.all(), request, pk=pk)
    actions.delete_template(actor=request.member.actor, template=template)
    messages.success(request, f"“{template.name}” is gone")
    return HttpResponseRedirect(reverse("documents:templates"))


def _desk(request: MemberRequest, form: TemplateForm, template: Template | None) -> HttpResponse:
    context = {"form": form, "template": template}
    status = 422 if form.errors else 200
    return render(request, "documents/template_edit.html", context, status=status)
