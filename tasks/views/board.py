"""The board and everything that happens on it."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import MemberRequest, member
from accounts.roles import may
from core.errors import Invalid, MCError
from core.refusals import toast
from tasks import actions
from tasks.board import Filter, board, choices, on_board, patch
from tasks.cards import Card, cards, tasks_for_cards
from tasks.lookup import find_actor
from tasks.models import Task
from tasks.views.task import the_task

# A page that slept through more than this gets the whole board anew.
MOST_CARDS = 200


@member
@require_GET
def board_page(request: MemberRequest) -> HttpResponse:
    """The board under the filter in the query; for htmx, its columns alone."""
    workspace = request.member.workspace
    chosen = Filter.of(request.GET)
    shown = {
        status: int(asked)
        for status in Task.Status.values
        if (asked := request.GET.get(f"show_{status}", "")).isdecimal() and len(asked) < 6
    }
    query = request.GET.copy()
    for key in [key for key, value in query.items() if not value or key.startswith("show_")]:
        del query[key]
    context = {
        "board": board(workspace, chosen, shown=shown),
        "chosen": chosen,
        "may_work": may(request.member.actor, "work"),
        "more_query": f"{query.urlencode()}&" if query else "",
    }
    if request.htmx and not request.htmx.history_restore_request:
        response = render(request, "tasks/_board.html", context)
        response.headers["HX-Replace-Url"] = reverse("tasks:board") + (
            f"?{query.urlencode()}" if query else ""
        )
        return response
    return render(request, "tasks/board.html", {**context, "choices": choices(workspace, chosen)})


@member
@require_GET
def some_cards(request: MemberRequest) -> HttpResponse:
    """The cards of the tasks whose numbers are in `ids`, and of those that show them too."""
    workspace = request.member.workspace
    asked = request.GET.get("ids", "").split(",")
    numbers = [int(text) for text in asked if text.isdecimal() and len(text) < 10][:MOST_CARDS]
    return render(request, "tasks/_cards.html", patch(workspace, numbers, Filter.of(request.GET)))


@member
@require_POST
def move(request: MemberRequest, number: int) -> HttpResponse:
    """A card was dropped: into a status, between two others, perhaps in somebody's lane.

    A move that is taken back names the `owners` that it may have cost the task.
    """
    task = the_task(request, number)
    actor = request.member.actor
    owners = request.POST.get("owners", "").split()
    if owners and {*owners} != {*task.assignees.values_list("handle", flat=True)}:
        whom = [find_actor(task.workspace, handle, field="owners") for handle in owners]
        task = actions.assign_task(actor=actor, task=task, assignees=whom)
    lane = request.POST.get("lane")
    if lane and not task.assignments.filter(actor__handle=lane).exists():
        task = actions.assign_task(
            actor=actor, task=task, assignees=[find_actor(task.workspace, lane, field="lane")]
        )
    task = actions.move_task(
        actor=actor,
        task=task,
        status=request.POST.get("status", ""),
        before=_neighbour(request, "before"),
        after=_neighbour(request, "after"),
    )
    return card_response(request, task)


@member
@require_POST
def bulk(request: MemberRequest) -> HttpResponse:
    """One change for every selected task. Those that refuse are named; the others change."""
    numbers = [int(text) for text in request.POST.getlist("ids") if text.isdecimal()]
    tasks = Task.objects.filter(workspace=request.member.workspace, number__in=numbers[:MOST_CARDS])
    change = _bulk_change(request)
    refusals: list[str] = []
    done = 0
    for task in tasks.select_related("workspace", "parent").order_by("number"):
        try:
            change(task)
            done += 1
        except MCError as error:
            refusals.append(error.message)
    response = HttpResponse(status=204)
    changed = f"{done} task{'' if done == 1 else 's'} changed"
    if not refusals:
        return toast(response, changed)
    rest = f" and {len(refusals) - 2} more refused" if len(refusals) > 2 else ""
    return toast(response, changed, category="warning", description=" ".join(refusals[:2]) + rest)


@member
@require_GET
def find(request: MemberRequest) -> HttpResponse:
    """Tasks by number or words, as rows of the palette."""
    chosen = Filter(q=request.GET.get("q", "").strip()[:100])
    tasks = on_board(request.member.workspace).order_by("-updated_at")
    found = chosen.apply(tasks)[:8] if chosen.q else []
    return render(request, "tasks/_found.html", {"tasks": found})


def card_response(request: MemberRequest, task: Task, *, status: int = 200) -> HttpResponse:
    """One card as it is now."""
    card: Card = cards(tasks_for_cards([task.pk]))[0]
    return render(request, "tasks/_card.html", {"card": card}, status=status)


def _neighbour(request: MemberRequest, name: str) -> Task | None:
    number = request.POST.get(name, "")
    if not number.isdecimal():
        return None
    return Task.objects.filter(workspace=request.member.workspace, number=int(number[:9])).first()


def _bulk_change(request: MemberRequest) -> Callable[[Task], object]:
    actor, value = request.member.actor, request.POST.get("value", "")
    kind = request.POST.get("change", "")
    if kind == "move":
        return lambda task: actions.move_task(actor=actor, task=task, status=value)
    if kind == "assign":
        whom = (
            None
            if value == "auto"
            else [find_actor(request.member.workspace, value, field="assignee")]
        )
        return lambda task: actions.assign_task(actor=actor, task=task, assignees=whom)
    if kind == "priority" and value.isdecimal():
        return lambda task: actions.edit_task(actor=actor, task=task, priority=int(value))
    if kind == "block":
        return lambda task: actions.block_task(actor=actor, task=task, reason=value)
    if kind == "unblock":
        return lambda task: actions.unblock_task(actor=actor, task=task)
    raise Invalid("There is no such change for several tasks at once.", field="change")
