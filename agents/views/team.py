"""The agents: all of them, one of them, and what can be done to one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MemberRequest, fetch, member
from accounts.roles import may, require
from activity.feed import entries
from agents import actions
from agents.cards import cards
from agents.figures import figures
from agents.forms import AgentForm, BudgetForm, NewAgentForm, initial_of
from agents.handlers import all_handlers
from agents.models import Agent, Budget, Heartbeat
from agents.spending import set_budget
from core.blame import blame
from core.errors import MCError
from core.refusals import toast
from modules.models import AIModel
from modules.tools import registry

PAGE = 60
ROWS = 40
TABS = ("overview", "tasks", "runs", "activity", "metrics")
# Of the kinds of runs, those that somebody with this duty is given.
KINDS_OF_DUTY = {
    Agent.Duty.ORCHESTRATOR: ("triage", "goal", "work", "mention"),
    Agent.Duty.WORKER: ("work", "mention"),
    Agent.Duty.REVIEWER: ("review", "mention"),
}


@member
@require_GET
def agent_list(request: MemberRequest) -> HttpResponse:
    """The agents under a filter, those first that need or do something."""
    workspace = request.member.workspace
    q = request.GET.get("q", "").strip()[:80]
    status = request.GET.get("status", "")
    page = request.GET.get("page", "")
    number = int(page) if page.isdecimal() and len(page) < 6 else 0
    rows = Agent.objects.filter(workspace=workspace)
    rows = rows.exclude(retired_at=None) if status == "retired" else rows.present()
    if status in Agent.Status.values:
        rows = rows.filter(status=status)
    for word in q.split()[:6]:
        rows = rows.filter(
            Q(actor__name__icontains=word)
            | Q(actor__handle__icontains=word)
            | Q(role__icontains=word)
            | Q(capabilities__icontains=word)
        )
    order = [Agent.Status.BLOCKED, Agent.Status.ACTIVE, Agent.Status.IDLE, Agent.Status.PAUSED]
    rank = Case(
        *(When(status=name, then=Value(place)) for place, name in enumerate(order)),
        default=Value(9),
        output_field=IntegerField(),
    )
    rows = rows.select_related("actor", "model").order_by(rank, "actor__name")
    shown = list(rows[number * PAGE : (number + 1) * PAGE + 1])
    for agent in shown:
        agent.workspace = workspace
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "cards": cards(shown[:PAGE]),
        "next_page": number + 1 if len(shown) > PAGE else None,
        "query": query.urlencode(),
        "q": q,
        "status": status,
        "statuses": [*Agent.Status.choices, ("retired", "retired")],
        "may_keep": may(request.member.actor, "agents"),
    }
    if request.htmx and number:
        return render(request, "agents/_cards.html", context)
    if request.htmx and not request.htmx.history_restore_request:
        response = render(request, "agents/_list.html", context)
        response.headers["HX-Replace-Url"] = reverse("agents:list") + (
            f"?{query.urlencode()}" if any(query.values()) else ""
        )
        return response
    return render(request, "agents/list.html", context)


@member
@require_GET
def detail(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One agent: what it does now and why, and one of the tabs below it."""
    agent = find_agent(request, pk)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "overview"
    context: dict[str, Any] = {
        "agent": agent,
        "card": cards([agent])[0],
        "tab": tab,
        "tabs": TABS,
        "may_keep": may(request.member.actor, "agents"),
        "may_work": may(request.member.actor, "work"),
        **_of_tab(tab, agent),
    }
    name = "agents/_detail.html" if request.htmx else "agents/detail.html"
    return render(request, name, context)


@member
@require_http_methods(["GET", "POST"])
def create(request: MemberRequest) -> HttpResponse:
    """A new agent."""
    actor = request.member.actor
    require(actor, "agents")
    form = NewAgentForm(request.POST or None, workspace=request.member.workspace)
    if request.method == "POST" and form.is_valid():
        try:
            agent = actions.create_agent(actor=actor, **form.cleaned_data)
        except MCError as error:
            blame(form, error)
        else:
            messages.success(request, f"{agent.name} is here")
            return HttpResponseRedirect(reverse("agents:detail", args=[agent.pk]))
    return render(request, "agents/form.html", {"form": form}, status=422 if form.errors else 200)


@member
@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Change what an agent is; it takes effect at its next step."""
    actor = request.member.actor
    require(actor, "agents")
    agent = find_agent(request, pk)
    form = AgentForm(
        request.POST or None, workspace=request.member.workspace, initial=initial_of(agent)
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_agent(actor=actor, agent=agent, **form.cleaned_data)
        except MCError as error:
            blame(form, error)
        else:
            messages.success(request, "Saved")
            return HttpResponseRedirect(reverse("agents:detail", args=[pk]))
    context = {"form": form, "agent": agent}
    return render(request, "agents/form.html", context, status=422 if form.errors else 200)


@member
@require_POST
def act(request: MemberRequest, pk: UUID, what: str) -> HttpResponse:
    """Pause, resume, wake or retire."""
    agent, actor = find_agent(request, pk), request.member.actor
    if what == "pause":
        actions.pause_agent(actor=actor, agent=agent, reason=request.POST.get("reason", ""))
        said = f"{agent.name} is paused"
    elif what == "resume":
        actions.resume_agent(actor=actor, agent=agent)
        said = f"{agent.name} works again"
    elif what == "retire":
        actions.retire_agent(actor=actor, agent=agent, reason=request.POST.get("reason", ""))
        said = f"{agent.name} is retired"
    else:
        queued = actions.run_heartbeat(actor=actor, agent=agent)
        said = f"{agent.name} woke: " + (f"{len(queued)} to do" if queued else "nothing to do")
    if request.htmx:
        return toast(HttpResponse(status=204), said)
    messages.success(request, said)
    return HttpResponseRedirect(reverse("agents:detail", args=[pk]))


@member
@require_POST
def budget(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What the agent may spend in a day."""
    agent = find_agent(request, pk)
    form = BudgetForm(request.POST)
    if form.is_valid():
        set_budget(actor=request.member.actor, agent=agent, **form.limits)
        messages.success(request, "Saved")
    else:
        messages.error(request, "Limits are numbers from 0 on, or empty for none.")
    return HttpResponseRedirect(reverse("agents:detail", args=[pk]))


def find_agent(request: MemberRequest, pk: UUID) -> Agent:
    """The agent of the reader's workspace. Raises NotFound."""
    rows: QuerySet[Agent] = Agent.objects.select_related("actor", "model", "created_by")
    agent = fetch(rows, request, pk=pk)
    agent.workspace = request.member.workspace
    return agent


def _of_tab(tab: str, agent: Agent) -> dict[str, Any]:
    """What a tab shows, and nothing of the others."""
    if tab == "tasks":
        mine = agent.actor.tasks_assigned.select_related("parent")
        return {
            "open_tasks": mine.exclude(status="done").order_by("-status", "number")[:ROWS],
            "done_tasks": mine.filter(status="done").order_by("-done_at")[:ROWS],
            "to_review": agent.actor.tasks_to_review.filter(status="review")[:ROWS],
        }
    if tab == "runs":
        return {"runs": agent.runs.select_related("task").order_by("-created_at")[:ROWS]}
    if tab == "activity":
        return {"entries": entries(agent.workspace).filter(agent=agent)[:ROWS]}
    if tab == "metrics":
        return {"figures": figures(agent)}
    default = AIModel.objects.filter(workspace=agent.workspace, kind="language", is_default=True)
    limit = Budget.objects.filter(agent=agent).first()
    return {
        "budget": limit,
        "budget_form": BudgetForm(
            initial={
                "cost": limit.cost_limit / 1_000_000
                if limit and limit.cost_limit is not None
                else None,
                "tokens": limit.token_limit if limit else None,
            }
        ),
        "model": agent.model or default.first(),
        "beats": Heartbeat.objects.filter(agent=agent).order_by("-at")[:8],
        "kinds": _kinds_of(agent),
    }


def _kinds_of(agent: Agent) -> list[tuple[str, list[Any]]]:
    """The kinds of runs that the agent is given, each with its tools."""
    mine = KINDS_OF_DUTY[Agent.Duty(agent.duty)]
    return [
        (handler.kind, [registry.get(name) for name in sorted(handler.tools)])
        for handler in all_handlers()
        if handler.kind in mine
    ]
