"""What the tabs of an agent's page show, each in a fixed number of queries."""

from typing import Any

from accounts.models import Actor
from activity.feed import entries
from agents.figures import figures
from agents.forms import BudgetForm, initial_of_budget
from agents.handlers import all_handlers
from agents.models import Agent, Budget, Heartbeat, Run
from modules.models import AIModel
from modules.tools import registry

TABS = ("overview", "tasks", "runs", "activity", "metrics")
ROWS = 40
BEATS = 8
# Of the kinds of runs, those that somebody with this duty is given.
KINDS_OF_DUTY = {
    Agent.Duty.ORCHESTRATOR: ("triage", "goal", "work", "mention"),
    Agent.Duty.WORKER: ("work", "mention"),
    Agent.Duty.REVIEWER: ("review", "mention"),
}


def number_in(text: str) -> int:
    """The number of a page as an address gives it; the first is 0."""
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def of_tab(tab: str, agent: Agent, page: int, reader: Actor) -> dict[str, Any]:
    """What a tab shows, and nothing of the others."""
    if tab == "tasks":
        return _tasks(agent)
    if tab == "runs":
        mine = Run.objects.filter(agent=agent).readable_by(reader)
        runs = mine.select_related("task").order_by("-created_at")
        return {"runs": runs[page * ROWS : (page + 1) * ROWS], **_pages(runs, page)}
    if tab == "activity":
        rows = entries(agent.workspace).filter(agent=agent)
        return {"entries": rows[page * ROWS : (page + 1) * ROWS], **_pages(rows, page)}
    if tab == "metrics":
        return {"figures": figures(agent)}
    return _overview(agent)


def _pages(rows: Any, page: int) -> dict[str, Any]:
    """The page before and the page after, where there are any."""
    after = rows[(page + 1) * ROWS : (page + 1) * ROWS + 1].exists()
    return {"newer": page - 1 if page else None, "older": page + 1 if after else None}


def _tasks(agent: Agent) -> dict[str, Any]:
    mine = agent.actor.tasks_assigned.select_related("parent")
    done = mine.filter(status="done").order_by("-done_at", "-number")
    return {
        "open_tasks": mine.exclude(status="done").order_by("-moved_at", "number")[:ROWS],
        "done_tasks": done[:ROWS],
        "done_count": done.count(),
        "to_review": agent.actor.tasks_to_review.filter(status="review")[:ROWS],
    }


def _overview(agent: Agent) -> dict[str, Any]:
    default = AIModel.objects.filter(workspace=agent.workspace, kind="language", is_default=True)
    limit = Budget.objects.filter(agent=agent).first()
    return {
        "budget": limit,
        "budget_form": BudgetForm(initial=initial_of_budget(limit)),
        "model": agent.model or default.first(),
        "beats": Heartbeat.objects.filter(agent=agent).order_by("-at")[:BEATS],
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
