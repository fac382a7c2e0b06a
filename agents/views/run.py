"""One run: what was thought and done in it, while it happens and afterwards."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import MemberRequest, fetch, member
from accounts.roles import may
from activity.actions import mark_read_about
from agents import actions, runs
from agents.contents import pieces_of, pieces_of_text
from agents.models import Approval, Run, Step
from agents.privacy import readable_by
from agents.waterfall import duration, gauge, last_settled, waterfall
from core.errors import Invalid
from core.refusals import toast
from modules.language.types import Message
from modules.models import AIModel


@member
@require_GET
def detail(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The page of a run: its head, its steps as a waterfall, what it waits for."""
    run = find_run(request, pk)
    mark_read_about(actor=request.member.actor, run=run.pk)
    return render(request, "agents/run.html", _context(request, run))


@member
@require_GET
def newer(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The steps after `after`, and everything around them that changes with a step."""
    run = find_run(request, pk)
    text = request.GET.get("after", "-1")
    after = int(text) if text.lstrip("-").isdecimal() and len(text) < 9 else -1
    return render(request, "agents/run/_newer.html", _context(request, run, after=after))


@member
@require_GET
def step(request: MemberRequest, pk: UUID, index: int) -> HttpResponse:
    """What a step held: the words, the arguments, the result. `all` shows long ones whole."""
    run = find_run(request, pk)
    one = fetch(Step.objects.filter(run=run), request, home="run__workspace", index=index)
    whole = request.GET.get("all") == "1"
    context: dict[str, Any] = {"step": one, "run": run}
    if one.kind == Step.Kind.MODEL:
        message = Message.from_dict(one.content)
        context["said"] = pieces_of(message.text, whole=whole)
        context["calls"] = [
            (call, pieces_of(call.arguments if call.invalid is None else call.invalid, whole=whole))
            for call in message.tool_calls
        ]
    elif one.kind == Step.Kind.TOOL:
        context["asked"] = pieces_of(one.content, whole=whole) if one.content else []
        context["came"] = pieces_of_text(one.result, whole=whole)
    return render(request, "agents/run/_step_body.html", context)


@member
@require_POST
def stop(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Stop a run for good."""
    run = find_run(request, pk)
    runs.cancel_run(
        actor=request.member.actor, run=run, reason=request.POST.get("reason", "").strip()
    )
    return _back(request, run, "Stopped")


@member
@require_POST
def steer(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Say something to the agent; it reads it before its next step."""
    run = find_run(request, pk)
    text = request.POST.get("text", "").strip()
    if not text:
        raise Invalid("Say something.", field="text")
    runs.steer_run(actor=request.member.actor, run=run, text=text[:5_000])
    return _back(request, run, f"{run.agent.name} reads it before the next step")


@member
@require_POST
def decide(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Decide what a run waits for."""
    approval = fetch(
        Approval.objects.filter(readable_by(request.member.actor, "run__")).select_related(
            "run__agent__actor", "run__task", "step"
        ),
        request,
        home="run__workspace",
        pk=pk,
    )
    approve = request.POST.get("decision") == "approve"
    actions.decide(
        actor=request.member.actor,
        approval=approval,
        approve=approve,
        reason=request.POST.get("reason", "").strip(),
    )
    return _back(request, approval.run, "Approved" if approve else "Denied")


def find_run(request: MemberRequest, pk: UUID) -> Run:
    """A run of the workspace that the reader may look into. Raises NotFound."""
    links = ("agent__actor", "agent__model", "task", "cause__actor")
    rows = Run.objects.readable_by(request.member.actor).select_related(*links)
    return fetch(rows, request, pk=pk)


def _context(request: MemberRequest, run: Run, *, after: int = -1) -> dict[str, Any]:
    steps = list(run.steps.order_by("index").defer("result"))
    _load_results_of_errors(steps)
    picture = waterfall(run, steps)
    model = (
        run.agent.model
        or AIModel.objects.filter(
            workspace=run.workspace_id, kind=AIModel.Kind.LANGUAGE, is_default=True
        ).first()
    )
    actor = request.member.actor
    return {
        "run": run,
        "picture": picture,
        "settled": [bar for bar in picture.settled if bar.step.index > after],
        "open": picture.open,
        "last": last_settled(picture),
        "gauge": gauge(run, steps, model.context_window if model else 0),
        "model": model,
        "duration": duration(run),
        "approvals": run.approvals.filter(state=Approval.State.PENDING).select_related("step"),
        "may_work": may(actor, "work"),
        "may_decide": may(actor, "decide"),
        "halted": request.member.workspace.halted_at is not None,
    }


def _load_results_of_errors(steps: list[Step]) -> None:
    """Results may be long and are shown when asked for; those of failed calls say why at once."""
    wrong = [one.pk for one in steps if one.state == Step.State.ERROR]
    results = dict(Step.objects.filter(pk__in=wrong).values_list("pk", "result")) if wrong else {}
    for one in steps:
        one.result = results.get(one.pk, "")


def _back(request: MemberRequest, run: Run, said: str) -> HttpResponse:
    if request.htmx:
        response = toast(HttpResponse(status=204), said)
        return response
    messages.success(request, said)
    return HttpResponseRedirect(reverse("agents:run", args=[run.pk]))
