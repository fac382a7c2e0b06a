"""The command center: what waits for one, what the agents do, how far things are."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.guards import MemberRequest, member
from accounts.roles import may
from dashboard import overview
from dashboard.forms import GoalForm
from dashboard.needs import needs_of


def _needs(request: MemberRequest) -> dict[str, Any]:
    return {"needs": needs_of(request.member)}


def _agents(request: MemberRequest) -> dict[str, Any]:
    cards, total = overview.team(request.member.workspace)
    return {"cards": cards, "total_agents": total}


def _board(request: MemberRequest) -> dict[str, Any]:
    return {"board": overview.board(request.member.workspace)}


def _figures(request: MemberRequest) -> dict[str, Any]:
    return {"figures": overview.figures(request.member.workspace)}


def _feed(request: MemberRequest) -> dict[str, Any]:
    return {"entries": overview.latest(request.member.workspace)}


def _state(request: MemberRequest) -> dict[str, Any]:
    return {}


# Each part refreshes by itself and asks for nothing of the others.
PARTS = {
    "state": _state,
    "needs": _needs,
    "figures": _figures,
    "agents": _agents,
    "board": _board,
    "feed": _feed,
}


@member
@require_GET
def home(request: MemberRequest) -> HttpResponse:
    """The whole page, or with `part` one part of it as it is now."""
    actor = request.member.actor
    context: dict[str, Any] = {
        "workspace": request.member.workspace,
        "may_work": may(actor, "work"),
        "may_run": may(actor, "run"),
        "may_decide": may(actor, "decide"),
        "may_keep": may(actor, "agents"),
    }
    part = request.GET.get("part", "")
    if request.htmx and part in PARTS:
        context |= PARTS[part](request)
        return render(request, f"dashboard/_{part}.html", context)
    for gather in PARTS.values():
        context |= gather(request)
    context["goal_form"] = GoalForm()
    return render(request, "dashboard/home.html", context)
