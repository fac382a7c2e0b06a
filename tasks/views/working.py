"""WORKING.md on screen: read, edited, compared, brought back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MemberRequest, member
from accounts.roles import may
from core.errors import Conflict, Invalid
from tasks.working import (
    WriteResult,
    read_working_state,
    restore_working_version,
    said,
    working_diff,
    working_version,
    working_versions,
    write_working_state,
)

VERSIONS_SHOWN = 100
MOST_NAMED = 4


@member
@require_GET
def page(request: MemberRequest) -> HttpResponse:
    """The page as the database has it now; for htmx, its text alone."""
    workspace = request.member.workspace
    context = {
        "page": read_working_state(workspace),
        "may_work": may(request.member.actor, "work"),
    }
    if request.htmx:
        return render(request, "tasks/working/_text.html", context)
    context["versions"] = working_versions(workspace).defer("text", "notes")[:VERSIONS_SHOWN]
    return render(request, "tasks/working/page.html", context)


@member
@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest) -> HttpResponse:
    """The editor. What it sends is merged, line by line, with what happened meanwhile."""
    workspace = request.member.workspace
    if request.method == "GET":
        now = read_working_state(workspace)
        return render(
            request,
            "tasks/working/edit.html",
            {"text": now.text, "base": now.text, "etag": now.etag},
        )
    text, base = _newlines(request, "text"), _newlines(request, "base")
    try:
        result = write_working_state(
            actor=request.member.actor,
            workspace=workspace,
            text=text,
            base_text=base,
            note=request.POST.get("note", "").strip()[:200],
        )
    except Conflict as error:
        if error.code != "working_conflict":
            raise
        return _conflict(request, error)
    except Invalid as error:
        context = {
            "text": text,
            "base": base,
            "etag": request.POST.get("etag", ""),
            "note": request.POST.get("note", ""),
            "error": error,
        }
        return render(request, "tasks/working/edit.html", context, status=422)
    _tell(request, result)
    return HttpResponseRedirect(reverse("tasks:working"))


@member
@require_POST
def preview(request: MemberRequest) -> HttpResponse:
    """What is in the editor, as it will look."""
    return render(request, "tasks/working/_preview.html", {"text": request.POST.get("text", "")})


@member
@require_GET
def news(request: MemberRequest) -> HttpResponse:
    """Whether the page has changed since an editor was opened."""
    now = read_working_state(request.member.workspace)
    etag = request.GET.get("etag", "")
    return render(request, "tasks/working/_news.html", {"etag": etag, "news": etag != now.etag})


@member
@require_GET
def version(request: MemberRequest, number: int) -> HttpResponse:
    """One earlier state, against the one before it or against the page as it is."""
    workspace = request.member.workspace
    chosen = working_version(workspace, number)
    against = request.GET.get("against", "before")
    before = working_versions(workspace).filter(number__lt=number).first()
    if against == "now":
        old, new = chosen.text, read_working_state(workspace).text
    else:
        old, new = before.text if before else "", chosen.text
    return render(
        request,
        "tasks/working/version.html",
        {
            "version": chosen,
            "before": before,
            "after": working_versions(workspace).filter(number__gt=number).last(),
            "against": against,
            "diff": working_diff(old, new),
            "may_work": may(request.member.actor, "work"),
        },
    )


@member
@require_POST
def restore(request: MemberRequest, number: int) -> HttpResponse:
    """Bring statuses, assignees, titles and notes back to what a version says."""
    result = restore_working_version(
        actor=request.member.actor, workspace=request.member.workspace, number=number
    )
    _tell(request, result)
    return HttpResponseRedirect(reverse("tasks:working"))


@member
@require_GET
def download(request: MemberRequest) -> HttpResponse:
    """The text itself."""
    now = read_working_state(request.member.workspace)
    response = HttpResponse(now.text, content_type="text/markdown; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="WORKING.md"'
    response.headers["ETag"] = f'"{now.etag}"'
    return response


def _conflict(request: MemberRequest, error: Conflict) -> HttpResponse:
    """Both texts, side by side. Neither is lost, whichever is saved."""
    details: dict[str, Any] = error.details
    clashes = details["clashes"]
    context = {
        "error": error,
        "mine": details["mine"],
        "theirs": details["theirs"],
        "my_line": _place(details["mine"], clashes),
        "their_line": _place(details["theirs"], clashes),
        "etag": details["etag"],
        "clashes": [
            {**clash, **{side: said(clash[side]) for side in ("base", "mine", "theirs")}}
            for clash in clashes
        ],
        "diff": working_diff(details["theirs"], details["mine"]),
        "note": request.POST.get("note", ""),
    }
    return render(request, "tasks/working/conflict.html", context, status=409)


def _place(text: str, clashes: list[dict[str, Any]]) -> int | None:
    """The line of a text that the first clash is about."""
    for clash in clashes:
        mark = f"## {clash['key']}" if clash["field"] == "notes" else f"[{clash['key']}]"
        for number, line in enumerate(text.split("\n"), 1):
            if mark in line:
                return number
    return None


def _tell(request: MemberRequest, result: WriteResult) -> None:
    """What came of it: what was done, and each line that changed nothing, with its reason."""
    if result.applied:
        few = "; ".join(result.applied[:MOST_NAMED])
        more = len(result.applied) - MOST_NAMED
        messages.success(request, few + (f"; and {more} more" if more > 0 else ""))
    for ignored in result.ignored[:MOST_NAMED]:
        messages.warning(request, f"{ignored.text}: {ignored.reason}")
    if not result.applied and not result.ignored:
        messages.info(request, "Nothing was changed.")


def _newlines(request: MemberRequest, name: str) -> str:
    """A text area's words with the line ends that the page has."""
    return request.POST.get(name, "").replace("\r\n", "\n")
