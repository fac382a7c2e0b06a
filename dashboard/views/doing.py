"""What one can do from the command center without leaving it."""

import json
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.guards import SESSION_KEY, MemberRequest, fetch, member, signed_in
from agents.actions import halt_workspace, resume_workspace
from agents.forms import BudgetForm
from agents.models import Budget
from agents.spending import set_budget
from core.blame import blame
from core.errors import Invalid, MCError
from core.refusals import toast
from dashboard.forms import GoalForm
from dashboard.founding import found_workspace
from tasks.actions import answer, create_task, unblock_task
from tasks.models import Message, Task


@member
@require_POST
def goal(request: MemberRequest) -> HttpResponse:
    """A goal in one's own words; the orchestrator breaks it down."""
    form = GoalForm(request.POST)
    task: Task | None = None
    if form.is_valid():
        title, details = form.title_and_details
        try:
            task = create_task(
                actor=request.member.actor, title=title, description=details, kind=Task.Kind.GOAL
            )
        except MCError as error:
            blame(form, error, title="goal", description="goal")
    if not request.htmx:
        if task is None:
            messages.error(request, "Say what should be done.")
            return HttpResponseRedirect(reverse("dashboard:home"))
        return HttpResponseRedirect(reverse("tasks:detail", args=[task.number]))
    if task is None:
        return render(request, "dashboard/_goal.html", {"goal_form": form}, status=422)
    response = render(request, "dashboard/_goal.html", {"goal_form": GoalForm()})
    said = {
        "category": "success",
        "title": f"{task.key} is a goal now",
        "description": "The orchestrator breaks it down and hands the parts out.",
        "href": reverse("tasks:detail", args=[task.number]),
        "label": "Open",
        "duration": 8000,
    }
    response.headers["HX-Trigger"] = json.dumps({"toast": said})
    return response


@member
@require_POST
def answer_question(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Answer what an agent asked; its run goes on."""
    rows = Message.objects.filter(kind=Message.Kind.QUESTION).select_related("task", "author")
    question = fetch(rows, request, pk=pk)
    answer(actor=request.member.actor, question=question, body=request.POST.get("body", ""))
    if request.htmx:
        return toast(HttpResponse(status=204), f"Answered @{question.author.handle}")
    messages.success(request, f"Answered @{question.author.handle}")
    return _back(request)


@member
@require_POST
def unblock(request: MemberRequest, number: int) -> HttpResponse:
    """Let a blocked task go on, with a word about what is different now."""
    task = fetch(Task.objects.select_related("workspace"), request, number=number)
    task = unblock_task(
        actor=request.member.actor, task=task, note=request.POST.get("note", "").strip()[:300]
    )
    if request.htmx:
        return toast(HttpResponse(status=204), f"{task.key} goes on")
    messages.success(request, f"{task.key} goes on")
    return _back(request)


@member
@require_POST
def halt(request: MemberRequest) -> HttpResponse:
    """Stop everything within a second."""
    stopped = halt_workspace(
        actor=request.member.actor, reason=request.POST.get("reason", "").strip()[:200]
    )
    messages.warning(request, f"Everything is stopped; {stopped} under way will go on later")
    return _back(request)


@member
@require_POST
def resume(request: MemberRequest) -> HttpResponse:
    """Let everything go on."""
    resume_workspace(actor=request.member.actor)
    messages.success(request, "Everything goes on")
    return _back(request)


@member
@require_POST
def budget(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What may be spent in a day, by an agent or by the whole workspace."""
    row = fetch(Budget.objects.select_related("agent__actor"), request, pk=pk)
    form = BudgetForm(request.POST)
    if not form.is_valid():
        raise Invalid("Limits are numbers from 0 on, or empty for none.", field="cost")
    set_budget(actor=request.member.actor, agent=row.agent, **form.limits)
    if request.htmx:
        return toast(HttpResponse(status=204), "The limit is changed")
    messages.success(request, "The limit is changed")
    return _back(request)


@signed_in
@require_POST
def new_workspace(request: MemberRequest) -> HttpResponse:
    """Another workspace of one's own, and straight into it."""
    made = found_workspace(name=request.POST.get("name", ""), owner=request.user)
    request.session[SESSION_KEY] = str(made.workspace_id)
    messages.success(request, f"{made.workspace.name} is yours")
    return HttpResponseRedirect(reverse("dashboard:home"))


def _back(request: MemberRequest) -> HttpResponse:
    """To the page that one came from, if it is one of ours."""
    url = request.META.get("HTTP_REFERER", "")
    ours = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(url if ours else reverse("dashboard:home"))
