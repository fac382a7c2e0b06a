"""The screens of the whitepapers: choose, read, print, write, compare, publish."""

from dataclasses import asdict

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MemberRequest, fetch, member
from accounts.roles import may, require
from core.blame import blame
from core.diff import compare
from core.errors import Conflict, MCError, NotFound
from core.history import changes_of, newest_versions, version_of
from whitepapers import actions
from whitepapers.forms import PaperForm
from whitepapers.models import Whitepaper
from whitepapers.printing import pdf_of
from whitepapers.rendering import render as render_text

MOST_PAPERS = 200


@member
@require_GET
def paper_list(request: MemberRequest) -> HttpResponse:
    """The papers of the workspace, the drafts too."""
    papers = Whitepaper.objects.filter(workspace=request.member.workspace)
    context = {
        "papers": papers.select_related("created_by").defer("content")[:MOST_PAPERS],
        "may_work": may(request.member.actor, "work"),
    }
    name = "whitepapers/_list.html" if _part(request) else "whitepapers/list.html"
    return render(request, name, context)


@member
@require_GET
def detail(request: MemberRequest, slug: str) -> HttpResponse:
    """A paper to read: its newest version, or the one that `version` names."""
    paper = _find(request, slug)
    number = request.GET.get("version", "")
    old = (
        version_of(paper.versions.all(), number, title=paper.title)
        if number and number != str(paper.version)
        else None
    )
    text = render_text((old or paper).content)
    context = {
        "paper": paper,
        "old": old,
        "shown": old or paper,
        "text": text,
        "versions": newest_versions(paper.versions.all()),
        "may_work": may(request.member.actor, "work"),
        "may_decide": may(request.member.actor, "decide"),
        "may_edit": _may_edit(request, paper),
        "address": _public_address(request, paper) if paper.readable_by_all else "",
    }
    return render(request, "whitepapers/detail.html", context)


@require_GET
def public(request: HttpRequest, workspace: str, slug: str) -> HttpResponse:
    """A paper that is published for everybody, without an account."""
    paper = _find_public(workspace, slug)
    return render(
        request, "whitepapers/public.html", {"paper": paper, "text": render_text(paper.content)}
    )


@require_GET
def public_pdf(request: HttpRequest, workspace: str, slug: str) -> HttpResponse:
    """The same, to print."""
    return _as_file(_find_public(workspace, slug))


@member
@require_GET
def pdf(request: MemberRequest, slug: str) -> HttpResponse:
    """The newest version, to print."""
    return _as_file(_find(request, slug))


@member
@require_GET
def download(request: MemberRequest, slug: str) -> HttpResponse:
    """The Markdown itself."""
    paper = _find(request, slug)
    response = HttpResponse(paper.content, content_type="text/markdown; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{paper.slug}.md"'
    return response


@member
@require_http_methods(["GET", "POST"])
def create(request: MemberRequest) -> HttpResponse:
    """A new paper, a draft."""
    require(request.member.actor, "work")
    form = PaperForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            paper = actions.create_whitepaper(actor=request.member.actor, words=form.words)
        except MCError as error:
            blame(form, error)
        else:
            messages.success(request, "Written, as a draft")
            return _to(paper)
    return render(
        request, "whitepapers/edit.html", {"form": form}, status=422 if form.errors else 200
    )


@member
@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, slug: str) -> HttpResponse:
    """Revise a paper. Whoever was slower sees both texts, and loses neither."""
    paper = _find(request, slug)
    require(request.member.actor, "decide" if _is_published(paper) else "work")
    present = {**asdict(actions.words_of(paper)), "version": paper.version}
    form = PaperForm(request.POST or None, initial=present)
    context: dict[str, object] = {"form": form, "paper": paper}
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.edit_whitepaper(
                actor=request.member.actor,
                paper=paper,
                words=form.words,
                note=said["note"],
                expected_version=said["version"],
            )
        except Conflict as error:
            paper.refresh_from_db()
            context |= {
                "conflict": error,
                "diff": compare(paper.content, said["content"]),
                "form": PaperForm(initial={**said, "version": paper.version}),
            }
            return render(request, "whitepapers/edit.html", context, status=409)
        except MCError as error:
            blame(form, error)
        else:
            return _to(paper)
    return render(request, "whitepapers/edit.html", context, status=422 if form.errors else 200)


@member
@require_POST
def preview(request: MemberRequest) -> HttpResponse:
    """A text as it would be read."""
    text = render_text(request.POST.get("content", "")[: actions.MAX_CONTENT])
    return render(request, "whitepapers/_preview.html", {"text": text})


@member
@require_GET
def version(request: MemberRequest, slug: str, number: int) -> HttpResponse:
    """What a version changed: against the one before it, or the one that `from` names."""
    paper = _find(request, slug)
    context = {
        **changes_of(paper.versions.all(), number, request.GET, title=paper.title),
        "thing": paper,
        "url": reverse("whitepapers:detail", args=[slug]),
        "restore_url": reverse("whitepapers:restore", args=[slug, number]),
        "room": "Whitepapers",
        "room_url": reverse("whitepapers:list"),
        "may_edit": _may_edit(request, paper),
    }
    return render(request, "changes.html", context)


@member
@require_POST
def restore(request: MemberRequest, slug: str, number: int) -> HttpResponse:
    """Make an earlier version the newest."""
    paper = _find(request, slug)
    actions.restore_whitepaper(actor=request.member.actor, paper=paper, number=number)
    messages.success(request, f"Version {number} is back")
    return _to(paper)


@member
@require_POST
def publish(request: MemberRequest, slug: str) -> HttpResponse:
    """Publish a paper within the workspace, or with `public` for everybody."""
    paper = _find(request, slug)
    public = request.POST.get("public") == "1"
    actions.publish_whitepaper(actor=request.member.actor, paper=paper, public=public)
    messages.success(
        request, "Everybody who has its address may read it" if public else "Published here"
    )
    return _to(paper)


@member
@require_POST
def unpublish(request: MemberRequest, slug: str) -> HttpResponse:
    """Make a paper a draft again."""
    paper = _find(request, slug)
    actions.unpublish_whitepaper(actor=request.member.actor, paper=paper)
    messages.success(request, f"“{paper.title}” is a draft again")
    return _to(paper)


def _part(request: MemberRequest) -> bool:
    return bool(request.htmx) and not request.htmx.history_restore_request


def _find(request: MemberRequest, slug: str) -> Whitepaper:
    rows: QuerySet[Whitepaper] = Whitepaper.objects.select_related("created_by", "workspace")
    return fetch(rows, request, slug=slug)


def _find_public(workspace: str, slug: str) -> Whitepaper:
    rows = Whitepaper.objects.select_related("workspace").filter(
        status=Whitepaper.Status.PUBLISHED, public=True
    )
    found = rows.filter(workspace__slug=workspace, slug=slug).first()
    if found is None:
        raise NotFound("There is nothing at this address.")
    return found


def _is_published(paper: Whitepaper) -> bool:
    return paper.status == Whitepaper.Status.PUBLISHED


def _may_edit(request: MemberRequest, paper: Whitepaper) -> bool:
    return may(request.member.actor, "decide" if _is_published(paper) else "work")


def _public_address(request: MemberRequest, paper: Whitepaper) -> str:
    path = reverse("whitepapers:public", args=[paper.workspace.slug, paper.slug])
    return request.build_absolute_uri(path)


def _as_file(paper: Whitepaper) -> HttpResponse:
    response = HttpResponse(pdf_of(paper), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{paper.slug}.pdf"'
    return response


def _to(paper: Whitepaper) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("whitepapers:detail", args=[paper.slug]))
