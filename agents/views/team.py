"""The screens of the agents: all of them, one of them, and what can be done to one."""

from typing import Any

from django.contrib import messages
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MemberRequest, as_uuid, fetch, member
from accounts.roles import may, require
from agents import actions
from agents.cards import cards
from agents.forms import AgentForm, BudgetForm, NewAgentForm, initial_of
from agents.models import Agent
from agents.page import TABS, number_in, of_tab
from agents.spending import set_budget
from core.blame import blame
from core.errors import MCError
from core.refusals import toast

PAGE = 60
# Those first that need somebody or do something.
ORDER = (Agent.Status.BLOCKED, Agent.Status.ACTIVE, Agent.Status.IDLE, Agent.Status.PAUSED)


@member
@require_GET
def agent_list(request: MemberRequest) -> HttpResponse:
    """The agents under a filter, those first that need or do something."""
    workspace = request.member.workspace
    q = request.GET.get("q", "").strip()[:80]
    status, duty = request.GET.get("status", ""), request.GET.get("duty", "")
    retired = request.GET.get("retired") == "1"
    number = number_in(request.GET.get("page", ""))
    rows = Agent.objects.filter(workspace=workspace)
    rows = rows.exclude(retired_at=None) if retired else rows.present()
    if status in Agent.Status.values and not retired:
        rows = rows.filter(status=status)
    if duty in Agent.Duty.values:
        rows = rows.filter(duty=duty)
    for word in q.split()[:6]:
        rows = rows.filter(
            Q(actor__name__icontains=word)
            | Q(actor__handle__icontains=word)
            | Q(role__icontains=word)
            | Q(capabilities__icontains=word)
        )
    rank = Case(
        *(When(status=name, then=Value(place)) for place, name in enumerate(ORDER)),
        default=Value(len(ORDER)),
        output_field=IntegerField(),
    )
    rows = rows.select_related("actor", "model").order_by(rank, "actor__name", "pk")
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
        "duty": duty,
        "retired": retired,
        "statuses": Agent.Status.choices,
        "duties": Agent.Duty.choices,
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
def detail(request: MemberRequest, handle: str) -> HttpResponse:
    """One agent: what it does now and why, and one of the tabs below it."""
    agent = find_agent(request, handle)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else TABS[0]
    context: dict[str, Any] = {
        "agent": agent,
        "card": cards([agent])[0],
        "tab": tab,
        "tabs": TABS,
        "may_keep": may(request.member.actor, "agents"),
        "may_work": may(request.member.actor, "work"),
        **of_tab(tab, agent, number_in(request.GET.get("page", "")), request.member.actor),
    }
    name = "agents/_detail.html" if request.htmx else "agents/detail.html"
    response = render(request, name, context)
    # One address, two answers: a cache must not give the part where the page was asked for.
    response.headers["Vary"] = "HX-Request"
    return response


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
            return HttpResponseRedirect(address_of(agent))
    return render(request, "agents/form.html", {"form": form}, status=422 if form.errors else 200)


@member
@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, handle: str) -> HttpResponse:
    """Change what an agent is; it takes effect at its next step."""
    actor = request.member.actor
    require(actor, "agents")
    agent = find_agent(request, handle)
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
            return HttpResponseRedirect(address_of(agent))
        # What was refused stays in the form alone.
        agent = find_agent(request, handle)
    context = {"form": form, "agent": agent}
    return render(request, "agents/form.html", context, status=422 if form.errors else 200)


@member
@require_POST
def pause(request: MemberRequest, handle: str) -> HttpResponse:
    """Let an agent rest."""
    agent = find_agent(request, handle)
    reason = request.POST.get("reason", "").strip()
    actions.pause_agent(actor=request.member.actor, agent=agent, reason=reason)
    return _said(request, agent, f"{agent.name} is paused")


@member
@require_POST
def resume(request: MemberRequest, handle: str) -> HttpResponse:
    """Let a paused or blocked agent work again."""
    agent = find_agent(request, handle)
    actions.resume_agent(actor=request.member.actor, agent=agent)
    return _said(request, agent, f"{agent.name} works again")


@member
@require_POST
def retire(request: MemberRequest, handle: str) -> HttpResponse:
    """Take an agent out of service for good."""
    agent = find_agent(request, handle)
    reason = request.POST.get("reason", "").strip()
    actions.retire_agent(actor=request.member.actor, agent=agent, reason=reason)
    return _said(request, agent, f"{agent.name} is retired")


@member
@require_POST
def heartbeat(request: MemberRequest, handle: str) -> HttpResponse:
    """Let an agent look for work now."""
    agent = find_agent(request, handle)
    queued = actions.run_heartbeat(actor=request.member.actor, agent=agent)
    found = f"{len(queued)} to do" if queued else "nothing to do"
    return _said(request, agent, f"{agent.name} woke: {found}")


@member
@require_POST
def budget(request: MemberRequest, handle: str) -> HttpResponse:
    """What the agent may spend in a day."""
    agent = find_agent(request, handle)
    form = BudgetForm(request.POST)
    if form.is_valid():
        set_budget(actor=request.member.actor, agent=agent, **form.limits)
        messages.success(request, "Saved")
    else:
        messages.error(request, "Limits are numbers from 0 on, or empty for none.")
    return HttpResponseRedirect(address_of(agent))


def find_agent(request: MemberRequest, handle: str) -> Agent:
    """The agent of the reader's workspace, by its handle or its id. Raises NotFound."""
    rows: QuerySet[Agent] = Agent.objects.select_related("actor", "model", "created_by")
    pk = as_uuid(handle)
    agent = fetch(rows, request, pk=pk) if pk else fetch(rows, request, actor__handle=handle)
    agent.workspace = agent.actor.workspace = request.member.workspace
    return agent


def address_of(agent: Agent) -> str:
    """Where the agent's page is."""
    return reverse("agents:detail", args=[agent.handle])


def _said(request: MemberRequest, agent: Agent, words: str) -> HttpResponse:
    if request.htmx:
        return toast(HttpResponse(status=204), words)
    messages.success(request, words)
    return HttpResponseRedirect(address_of(agent))
