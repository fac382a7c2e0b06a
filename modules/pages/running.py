"""The screens of modules and their jobs: choose, ask, watch, cancel, do again."""

from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MemberRequest, as_uuid, fetch, member
from accounts.roles import may, require
from core.blame import blame
from core.errors import MCError
from modules.models import Job
from modules.operations import Operation, registry
from modules.pages.forms import OperationForm, initial_of
from modules.pages.showing import show
from modules.running import actions, deciding
from modules.running.choosing import price_of, problem_of

RECENT = 30
MODULES = {
    "language": ("Language", "Shorten, translate, sort, extract, rewrite, draft"),
    "vision": ("Vision", "Describe pictures, read what stands in them, compare them"),
    "image": ("Images", "Make pictures, change them, vary them"),
    "music": ("Music", "Compose pieces and speak texts"),
    "embedding": ("Vectors", "Turn texts into numbers that can be compared"),
}


@member
@require_GET
def index(request: MemberRequest) -> HttpResponse:
    """Everything that modules can do, and what they did lately."""
    found = [
        (key, *MODULES.get(key, (key.capitalize(), "")), list(group))
        for key, group in groupby(registry, key=lambda one: one.module)
    ]
    order = list(MODULES)
    found.sort(key=lambda one: order.index(one[0]) if one[0] in order else len(order))
    context = {"modules": found, "jobs": _jobs(request), "may_work": _may(request)}
    part = request.htmx and not request.htmx.history_restore_request
    return render(request, "modules/_jobs.html" if part else "modules/index.html", context)


def _jobs(request: MemberRequest) -> Any:
    rows = Job.objects.open_to_all().filter(workspace=request.member.workspace)
    return rows.select_related("actor").prefetch_related("assets")[:RECENT]


def _may(request: MemberRequest) -> bool:
    return may(request.member.actor, "work")


@member
@require_http_methods(["GET", "POST"])
def operation(request: MemberRequest, name: str) -> HttpResponse:
    """The form of one operation. With `price`, what it would cost; else it is started."""
    one = registry.get(name)
    if request.method == "POST":
        require(request.member.actor, "work")
    form = OperationForm(
        request.POST or None,
        request.FILES or None,
        operation=one,
        workspace=request.member.workspace,
        initial=_initial(request, one),
    )
    if "price" in request.POST:
        return _priced(request, form)
    if request.method == "POST" and form.is_valid():
        try:
            job = actions.start_job(
                actor=request.member.actor,
                operation=one.name,
                input=form.input(request.member.actor),
                model=form.chosen_model,
                door=Job.Door.SCREEN,
            )
        except MCError as error:
            blame(form, error)
        else:
            return HttpResponseRedirect(reverse("modules:job", args=[job.pk]))
    recent = Job.objects.open_to_all().filter(workspace=request.member.workspace, operation=name)
    context = {
        "operation": one,
        "form": form,
        "jobs": recent.select_related("actor").prefetch_related("assets")[:6],
        "may_work": _may(request),
        "missing": problem_of(request.member.workspace, one),
        "may_keep": may(request.member.actor, "models"),
    }
    return render(request, "modules/operation.html", context, status=422 if form.errors else 200)


def _initial(request: MemberRequest, one: Operation) -> dict[str, Any]:
    """What is given in the address, or what an earlier job was given."""
    again = as_uuid(request.GET.get("again", ""))
    if again:
        return initial_of(fetch(Job.objects.open_to_all(), request, pk=again))
    names = one.schema["properties"]
    return {name: request.GET[name] for name in names if name in request.GET}


def _priced(request: MemberRequest, form: OperationForm) -> HttpResponse:
    context: dict[str, Any] = {}
    if form.is_valid():
        given = form.input(request.member.actor, keep_files=False)
        try:
            context["price"] = price_of(
                request.member.workspace, form.operation, given, form.chosen_model
            )
        except MCError as error:
            context["problem"] = error.message
    return render(request, "modules/_price.html", context)


@member
@require_GET
def job(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One job, live."""
    rows = Job.objects.open_to_all().select_related(
        "actor", "model", "retry_of", "schedule", "agent__actor"
    )
    found = fetch(rows.prefetch_related("assets", "retries"), request, pk=pk)
    context = {
        "job": found,
        "shown": show(found),
        "may_work": _may(request),
        "may_decide": may(request.member.actor, "decide"),
    }
    part = request.htmx and not request.htmx.history_restore_request
    return render(request, "modules/_job.html" if part else "modules/job.html", context)


@member
@require_POST
def cancel(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Stop it."""
    found = fetch(Job.objects.open_to_all().select_related("workspace"), request, pk=pk)
    actions.cancel_job(actor=request.member.actor, job=found)
    return HttpResponseRedirect(reverse("modules:job", args=[pk]))


@member
@require_POST
def decide(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What is to become of a job whose order nobody knows the fate of."""
    found = fetch(Job.objects.open_to_all(), request, pk=pk)
    deciding.decide_job(actor=request.member.actor, job=found, again="again" in request.POST)
    return HttpResponseRedirect(reverse("modules:job", args=[pk]))


@member
@require_POST
def retry(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The same again."""
    old = fetch(Job.objects.open_to_all().select_related("model"), request, pk=pk)
    new = actions.retry_job(actor=request.member.actor, job=old, door=Job.Door.SCREEN)
    messages.success(request, "Started again")
    return HttpResponseRedirect(reverse("modules:job", args=[new.pk]))
