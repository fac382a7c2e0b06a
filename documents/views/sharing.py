"""Sharing a document: the dialog in which it is done, and the page that a link leads to."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MemberRequest, fetch, member
from accounts.roles import require
from core.blame import blame
from core.clock import db_now
from core.errors import Invalid, MCError
from documents import actions
from documents.forms import LinkForm, PersonForm, people_for
from documents.models import Document, Share
from documents.privacy import may_keep
from documents.views.finding import find

# Whoever follows a link from the page must not learn the address of it, nor a machine find it.
_UNFOUND = {
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}


@member
@require_http_methods(["GET", "POST"])
def shares(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Who may read a document. `with` says what is added: a person, or a link."""
    if request.method == "POST":
        require(request.member.actor, "decide")
    document = find(request, pk)
    if request.method == "GET":
        return _dialog(request, document)
    if request.POST.get("with") == "link":
        return _add_link(request, document)
    return _add_person(request, document)


@member
@require_POST
def visibility(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Make a document private, or open it to the workspace."""
    require(request.member.actor, "decide")
    document = find(request, pk)
    wanted = request.POST.get("visibility", "")
    try:
        document = actions.set_visibility(
            actor=request.member.actor, document=document, visibility=wanted
        )
    except MCError as error:
        return _dialog(request, document, refusal=error.message)
    return _dialog(request, document)


@member
@require_POST
def change(request: MemberRequest, pk: UUID, share: UUID) -> HttpResponse:
    """Let a person read, or read and edit."""
    require(request.member.actor, "decide")
    document = find(request, pk)
    role = request.POST.get("role", "")
    try:
        actions.change_share(
            actor=request.member.actor, share=_share(request, document, share), role=role
        )
    except Invalid as error:
        return _dialog(request, document, refusal=error.message)
    return _dialog(request, document)


@member
@require_POST
def revoke(request: MemberRequest, pk: UUID, share: UUID) -> HttpResponse:
    """Take a document back from a person, or let a link lead nowhere."""
    require(request.member.actor, "decide")
    document = find(request, pk)
    actions.revoke_share(actor=request.member.actor, share=_share(request, document, share))
    return _dialog(request, document)


@require_GET
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """A document to read for whoever has a link to it: that, and nothing else."""
    document = actions.opened_by_link(token)
    response = render(request, "documents/shared.html", {"document": document})
    for name, value in _UNFOUND.items():
        response.headers[name] = value
    return response


def _share(request: MemberRequest, document: Document, share: UUID) -> Share:
    rows = document.shares.select_related("document", "person")
    return fetch(rows, request, home="document__workspace", pk=share)


def _add_person(request: MemberRequest, document: Document) -> HttpResponse:
    form = PersonForm(request.POST, people=people_for(document, request.member.actor))
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.share_document(
                actor=request.member.actor,
                document=document,
                person=said["person"],
                role=said["role"],
                expires_at=form.expires_at,
            )
        except MCError as error:
            blame(form, error, expires_at="age")
        else:
            return _dialog(request, document)
    return _dialog(request, document, person_form=form)


def _add_link(request: MemberRequest, document: Document) -> HttpResponse:
    form = LinkForm(request.POST)
    if form.is_valid():
        try:
            _, token = actions.share_by_link(
                actor=request.member.actor,
                document=document,
                name=form.cleaned_data["name"],
                expires_at=form.expires_at,
            )
        except MCError as error:
            blame(form, error, expires_at="age")
        else:
            url = request.build_absolute_uri(actions.address_of(token))
            return _dialog(request, document, new_link=url)
    return _dialog(request, document, link_form=form)


def _dialog(
    request: MemberRequest,
    document: Document,
    *,
    person_form: PersonForm | None = None,
    link_form: LinkForm | None = None,
    new_link: str = "",
    refusal: str = "",
) -> HttpResponse:
    actor = request.member.actor
    rows = document.shares.select_related("person", "created_by").order_by("created_at")
    found = list(rows)
    context = {
        "document": document,
        "people": [one for one in found if one.person],
        "links": [one for one in found if not one.person],
        "ended": _ended(found),
        "may_keep": may_keep(actor, document),
        "is_author": document.created_by_id == actor.pk,
        "person_form": person_form or PersonForm(people=people_for(document, actor)),
        "link_form": link_form or LinkForm(),
        "new_link": new_link,
        "refusal": refusal,
    }
    name = "documents/_shares.html" if request.htmx else "documents/shares.html"
    wrong = bool(refusal or person_form or link_form)
    return render(request, name, context, status=422 if wrong else 200)


def _ended(shares: list[Share]) -> set[UUID]:
    now: datetime = db_now()
    return {one.pk for one in shares if one.expires_at and one.expires_at <= now}
