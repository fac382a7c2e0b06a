"""The page of one task, whole or in parts, and the small changes made on it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MemberRequest, member
from accounts.models import Actor
from accounts.roles import may
from agents.runs import cancel_run
from core.errors import Conflict, Invalid, NotFound
from core.prepared import Whole
from core.refusals import toast
from tasks import actions
from tasks.lookup import find_actor, find_task
from tasks.models import Task
from tasks.page import TaskPage

# The largest number that a task can have.
LARGEST = 2**31 - 1
# What refreshes by itself, each with its own template.
PARTS = ("head", "body", "side", "thread", "history")
# What shows a change of the task, and what is enough for one that stands at its side alone;
# the history hears of it like everybody else.
SHOWING = ("head", "body", "side", "history")
ASIDE = ("head", "side")
AT_THE_SIDE = {"priority", "due_at", "reviewer", "needs", "estimate"}


@member
@require_GET
def detail(request: MemberRequest, number: int) -> HttpResponse:
    """A task: a page of its own, or the inside of the drawer beside the board."""
    task = the_task(request, number)
    name = "tasks/_drawer.html" if request.htmx else "tasks/detail.html"
    response = render(request, name, page_context(request, task))
    # One address, two answers: a cache must not give the drawer where a page was asked for.
    response.headers["Vary"] = "HX-Request"
    return response


@member
@require_GET
def part(request: MemberRequest, number: int, name: str) -> HttpResponse:
    """One part of a task's page, as it is now."""
    if name not in PARTS:
        raise NotFound("A task's page has no such part.")
    context = page_context(request, the_task(request, number))
    return render(request, f"tasks/_{name}.html", context)


@member
@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, number: int) -> HttpResponse:
    """Title, description and lists, edited in place.

    Whoever was slower than somebody else gets their own words back beside the present ones.
    """
    task = the_task(request, number)
    if request.method == "GET":
        return render(request, "tasks/_edit.html", page_context(request, task))
    version = request.POST.get("version", "")
    try:
        task = actions.edit_task(
            actor=request.member.actor,
            task=task,
            expected_version=int(version) if version.isdecimal() else None,
            title=request.POST.get("title", task.title),
            description=request.POST.get("description", task.description),
            criteria=_lines(request, "criteria", task.criteria),
            checklist=_lines(request, "checklist", task.checklist),
        )
    except (Invalid, Conflict) as error:
        if error.code not in ("version_conflict", "invalid"):
            raise
        mine = {key: request.POST.get(key, "") for key in ("title", "description")}
        lists = {key: request.POST.get(key, "") for key in ("criteria", "checklist")}
        task = the_task(request, number)
        context = {**page_context(request, task), "error": error, "mine": {**mine, **lists}}
        return render(request, "tasks/_edit.html", context, status=422)
    return changed(request, task, "Saved")


@member
@require_POST
def change(request: MemberRequest, number: int) -> HttpResponse:
    """One property from the side of the page: `field` says which, `value` what it becomes."""
    task = the_task(request, number)
    actor, value = request.member.actor, request.POST.get("value", "").strip()
    changes: dict[str, Callable[[], Task]] = {
        "status": lambda: actions.move_task(actor=actor, task=task, status=value),
        "priority": lambda: actions.edit_task(
            actor=actor, task=task, priority=_number(value, "priority")
        ),
        "due_at": lambda: actions.edit_task(actor=actor, task=task, due_at=_day(value)),
        "reviewer": lambda: actions.edit_task(
            actor=actor, task=task, reviewer=_somebody(request, value)
        ),
        "parent": lambda: actions.edit_task(
            actor=actor,
            task=task,
            parent=find_task(task.workspace, value, field="parent") if value else None,
        ),
        "needs": lambda: actions.edit_task(
            actor=actor, task=task, needs=[word.strip() for word in value.split(",")]
        ),
        "estimate": lambda: _estimate(request, task, value),
        "tick": lambda: actions.tick(
            actor=actor,
            task=task,
            items=[_number(value, "item")],
            done=request.POST.get("done") == "1",
        ),
        "depend": lambda: actions.add_dependency(
            actor=actor, task=task, needs=find_task(task.workspace, value, field="depends_on")
        ),
        "undepend": lambda: actions.remove_dependency(
            actor=actor, task=task, needs=find_task(task.workspace, value, field="depends_on")
        ),
        "subtask": lambda: actions.create_task(actor=actor, title=value, parent=task),
        "block": lambda: actions.block_task(
            actor=actor,
            task=task,
            reason=value,
            waits_on=_somebody(request, request.POST.get("on", "")),
        ),
        "unblock": lambda: actions.unblock_task(actor=actor, task=task, note=value),
        "retry": lambda: actions.retry_task(actor=actor, task=task),
    }
    name = request.POST.get("field", "")
    if name not in changes:
        raise Invalid(f"A task has no “{name}” that can be set here.", field="field")
    changes[name]()
    return changed(request, task, parts=ASIDE if name in AT_THE_SIDE else SHOWING)


@member
@require_POST
def assign(request: MemberRequest, number: int) -> HttpResponse:
    """Give the task to those ticked; `auto` finds the agent that fits best."""
    task = the_task(request, number)
    handles = request.POST.getlist("assignees")
    whom = (
        None
        if "auto" in request.POST
        else [find_actor(task.workspace, handle, field="assignees") for handle in handles]
    )
    task = actions.assign_task(actor=request.member.actor, task=task, assignees=whom)
    return changed(request, task)


@member
@require_POST
def review(request: MemberRequest, number: int) -> HttpResponse:
    """Let finished work through, send it back with a reason, or hand it in."""
    task = the_task(request, number)
    actor, reason = request.member.actor, request.POST.get("reason", "")
    verdict = request.POST.get("verdict", "")
    if verdict == "submit":
        task = actions.submit_for_review(actor=actor, task=task, summary=reason)
        return changed(request, task, "Handed in for review")
    met = set(request.POST.getlist("met"))
    task = actions.review_task(
        actor=actor,
        task=task,
        verdict=verdict,
        reason=reason,
        checked=[
            {"criterion": item["text"], "met": str(index) in met, "where": item.get("where", "")}
            for index, item in enumerate(task.criteria)
        ],
    )
    return changed(request, task, "Approved" if verdict == "approve" else "Sent back")


@member
@require_POST
def stop(request: MemberRequest, number: int) -> HttpResponse:
    """Stop whatever runs on the task; it stays where it is until somebody lets it go on."""
    task = the_task(request, number)
    runs = task.runs.live().select_related("agent__actor", "task", "workspace")
    stopped = [cancel_run(actor=request.member.actor, run=run) for run in runs]
    if not stopped:
        raise Conflict(f"Nothing runs on {task.key}.", code="nothing_runs")
    return changed(request, task, "Stopped")


@member
@require_POST
def delete(request: MemberRequest, number: int) -> HttpResponse:
    """Remove the task with everything below it."""
    task = the_task(request, number)
    actions.delete_task(actor=request.member.actor, task=task)
    response: HttpResponse = HttpResponse(status=204)
    if not request.htmx:
        return HttpResponseRedirect(reverse("tasks:board"))
    response.headers["HX-Redirect"] = reverse("tasks:board")
    return toast(response, f"Deleted {task.key}")


_tasks = Whole(
    Task,
    ("workspace", "parent", "parent__parent", "creator", "reviewer", "blocked_on"),
    lambda tasks, homes, numbers: tasks.filter(workspace__in=homes, number__in=numbers).order_by(),
)


def the_task(request: MemberRequest, number: int) -> Task:
    """The task of the reader's workspace with this number. Raises NotFound."""
    found = _tasks.rows([request.member.workspace_id], [number]) if number <= LARGEST else []
    if not found:
        raise NotFound(f"There is no task {number} here.")
    return found[0]


def page_context(request: MemberRequest, task: Task) -> dict[str, object]:
    actor = request.member.actor
    return {
        "page": TaskPage(task, actor),
        "task": task,
        "may_work": may(actor, "work"),
        "may_review": may(actor, "review"),
        "may_comment": may(actor, "comment"),
        "statuses": Task.Status.choices,
        "priorities": Task.Priority.choices,
    }


def changed(
    request: MemberRequest, task: Task, said: str = "", *, parts: Sequence[str] = SHOWING
) -> HttpResponse:
    """The parts that show the task, anew; without htmx, its page."""
    if not request.htmx:
        return HttpResponseRedirect(reverse("tasks:detail", args=[task.number]))
    context = page_context(request, the_task(request, task.number))
    context |= {"oob": True, "parts": [f"tasks/_{name}.html" for name in parts]}
    response = render(request, "tasks/_parts.html", context)
    # Each part finds its own place; whatever sent the change is not replaced besides.
    response.headers["HX-Reswap"] = "none"
    return toast(response, said) if said else response


def _lines(request: MemberRequest, key: str, present: list[dict[str, object]]) -> list[object]:
    """A list written one item a line; items whose words are the same keep their state."""
    if key not in request.POST:
        return list(present)
    known = {str(item["text"]): item for item in present}
    lines = [line.strip().lstrip("-*•").strip() for line in request.POST[key].splitlines()]
    return [known.get(line, line) for line in lines if line]


def _number(text: str, name: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise Invalid(f"“{text}” is no {name}.", field=name)
    return int(text)


def _day(text: str) -> datetime | None:
    """The end of a day, or None for an empty text."""
    if not text:
        return None
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise Invalid(f"“{text}” is no date.", field="due_at")
    return datetime.combine(day, time(23, 59), tzinfo=UTC)


def _somebody(request: MemberRequest, handle: str) -> Actor | None:
    return find_actor(request.member.workspace, handle) if handle else None


def _estimate(request: MemberRequest, task: Task, text: str) -> Task:
    """ "4" or "4-6" hours; empty takes the estimate away."""
    parts = [part.strip() for part in text.replace("\N{EN DASH}", "-").split("-") if part.strip()]
    try:
        values = [float(part.rstrip("h ")) for part in parts]
    except ValueError as error:
        raise Invalid(f"“{text}” is no number of hours.", field="estimate") from error
    low = values[0] if values else None
    high = values[-1] if values else None
    return actions.edit_task(
        actor=request.member.actor, task=task, estimate_low=low, estimate_high=high
    )
