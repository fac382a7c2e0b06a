"""A plan on its way to the board: given, looked at, taken."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.guards import MemberRequest, member
from accounts.models import Workspace
from accounts.roles import may
from core.errors import Invalid
from tasks.models import Task
from tasks.roadmap.checks import check_size, read_text
from tasks.roadmap.importing import ImportReport, import_roadmap

EXAMPLE = """\
# A website for the harbour

## Phase 1: Foundation

### 1.1 Choose the words
**Estimated time:** 2-4 hours
**Dependencies:** None
- [ ] Collect what visitors ask
- [ ] Write the front page

**Acceptance criteria:**
- Every question of the harbour office is answered

### 1.2 Draw the pages
**Dependencies:** 1.1

## Phase 2: Launch
**Dependencies:** All previous phases

### 2.1 Put it online
- [ ] Choose a host
- [ ] Tell the newspaper
"""


@dataclass
class PhaseProgress:
    """How far a phase has come."""

    phase: Task
    total: int
    done: int
    moving: int


@member
@require_http_methods(["GET", "POST"])
def roadmap(request: MemberRequest) -> HttpResponse:
    """The form and how far earlier plans have come; posted, the plan as a tree.

    Nothing is written before the tree has been seen and confirmed.
    """
    actor, workspace = request.member.actor, request.member.workspace
    context: dict[str, object] = {"may_work": may(actor, "work")}
    if request.htmx and request.method == "GET":
        return render(request, "tasks/roadmap/_progress.html", {"phases": progress(workspace)})
    if request.method == "GET":
        context["text"] = EXAMPLE if "example" in request.GET else ""
        context["phases"] = progress(workspace)
        return render(request, "tasks/roadmap/form.html", context)
    text, title = "", request.POST.get("title", "").strip()
    try:
        text = _text(request)
        take = request.POST.get("confirm") == "1"
        report = import_roadmap(
            actor=actor, workspace=workspace, text=text, title=title, dry_run=not take
        )
    except Invalid as error:
        context |= {"text": text, "title": title, "error": error, "phases": progress(workspace)}
        return render(request, "tasks/roadmap/form.html", context, status=422)
    if take:
        messages.success(request, _said(report))
        return HttpResponseRedirect(reverse("tasks:roadmap"))
    context |= {
        "report": report,
        "counts": report.roadmap.counts(),
        "text": text,
        "title": title,
        "created": {entry["key"] for entry in report.created},
        "updated": {entry["key"]: ", ".join(entry["changed"]) for entry in report.updated},
    }
    return render(request, "tasks/roadmap/preview.html", context)


def progress(workspace: Workspace) -> list[PhaseProgress]:
    """Every phase with the figures of the tasks right below it. Two queries."""
    parts = Task.objects.filter(workspace=workspace, parent__kind=Task.Kind.PHASE)
    figures = {
        row[0]: row[1:]
        for row in parts.values_list("parent")
        .annotate(
            parts=Count("pk"),
            finished=Count("pk", filter=Q(status="done")),
            moving=Count("pk", filter=Q(status__in=["in_progress", "review"])),
        )
        .order_by()
    }
    phases = Task.objects.filter(workspace=workspace, kind=Task.Kind.PHASE).order_by("number")
    return [PhaseProgress(phase, *figures.get(phase.pk, (0, 0, 0))) for phase in phases]


def _text(request: MemberRequest) -> str:
    """The plan: an uploaded file, or what was pasted."""
    file = request.FILES.get("file")
    if file is not None:
        check_size(file.size or 0)
        return read_text(file.read())
    text = request.POST.get("text", "").replace("\r\n", "\n")
    if not text.strip():
        raise Invalid("Choose a file, or paste the text of a plan.", field="file")
    return text


def _said(report: ImportReport) -> str:
    if not report.changed:
        return f"“{report.title}” is on the board already; nothing was changed."
    parts = []
    if report.created:
        parts.append(f"{len(report.created)} tasks and phases made")
    if report.updated:
        parts.append(f"{len(report.updated)} changed")
    if report.kept:
        parts.append(f"{len(report.kept)} left as they are")
    return f"“{report.title}”: {', '.join(parts)}."
