"""New tasks, from the dialog and from a column of the board."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.colleagues import colleagues
from accounts.guards import MemberRequest, member
from activity.log import logged
from core.errors import MCError
from core.refusals import toast
from tasks import actions
from tasks.forms import TaskForm
from tasks.models import Task
from tasks.views.board import card_response


@member
@require_http_methods(["GET", "POST"])
def create(request: MemberRequest) -> HttpResponse:
    """The form for a new task; from a column, only its title.

    For htmx it is the inside of a dialog, else a page of its own.
    """
    if request.method == "POST" and "quick" in request.POST:
        return _quick(request)
    workspace = request.member.workspace
    form = TaskForm(request.POST or None, workspace=workspace, initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        try:
            task = actions.create_task(actor=request.member.actor, **form.cleaned_data)
        except MCError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            return _created(request, task)
    status = 422 if form.errors else 200
    name = "tasks/_new.html" if request.htmx else "tasks/new.html"
    ticked = request.POST.getlist("assignees")
    context = {"form": form, "people": colleagues(workspace, first=ticked), "ticked": ticked}
    return render(request, name, context, status=status)


def _quick(request: MemberRequest) -> HttpResponse:
    """A title typed into a column: one task, there at once, in one transaction."""
    actor, status = request.member.actor, request.POST.get("status", Task.Status.INBOX)
    with logged():
        task = actions.create_task(actor=actor, title=request.POST.get("title", ""))
        if status != task.status:
            task = actions.move_task(actor=actor, task=task, status=status)
    return card_response(request, task, status=201)


def _created(request: MemberRequest, task: Task) -> HttpResponse:
    if not request.htmx:
        return HttpResponseRedirect(reverse("tasks:detail", args=[task.number]))
    response = HttpResponse(status=204)
    response.headers["HX-Trigger"] = '{"mc:close": true}'
    return toast(response, f"Created {task.key}", description=task.title)


def _initial(request: MemberRequest) -> dict[str, str]:
    """What a link may fill in beforehand."""
    return {
        key: value
        for key in ("title", "parent", "priority")
        if (value := request.GET.get(key, "")[:200])
    }
