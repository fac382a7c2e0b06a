"""Agents: made, changed, woken, stopped."""

from typing import Any
from uuid import UUID

from django.db.models import Q

from accounts.endpoint import Endpoint
from activity.api import FORGOTTEN, LogEndpoint
from activity.serializers import ActivityAnswer, ActivityQuery
from agents import actions, outside
from agents.models import Agent, Run, Step
from agents.serializers import (
    AgentAnswer,
    AgentChange,
    AgentInput,
    AgentQuery,
    HeartbeatAnswer,
    ReasonInput,
    StoppedAnswer,
    agents_of,
    work_of,
)
from core.api.pages import ordered
from core.api.schema import op
from core.errors import Forbidden, NotFound
from modules.models import AIModel

_EXAMPLE = {
    "name": "Harbour pilot",
    "role": "brings ships in",
    "capabilities": ["navigation", "weather"],
    "external": True,
}


class AgentEndpoint(Endpoint):
    """What the endpoints of one agent share."""

    tag = "agents"

    def agent(self, id: UUID, **by: Any) -> Agent:
        rows = Agent.objects.select_related("actor__workspace", "model", "workspace")
        return self.fetch(rows, pk=id, **by)

    def answer(self, id: UUID) -> dict[str, Any]:
        found = agents_of(Agent.objects.filter(pk=id))
        if not found:
            raise NotFound("There is no such thing in this workspace.")
        return found[0]

    def with_model(self, data: dict[str, Any]) -> dict[str, Any]:
        """The input with its model instead of the model's id."""
        if data.get("model"):
            models = AIModel.objects.filter(workspace=self.workspace)
            data["model"] = self.fetch(models, pk=data["model"])
        return data


class Agents(AgentEndpoint):
    needs = {"GET": "read", "POST": "agents"}

    @op("listAgents", query=AgentQuery, page_of=AgentAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """The agents of the workspace."""
        rows = Agent.objects.filter(
            workspace=self.workspace, retired_at__isnull=not query["retired"]
        )
        for name in ("status", "duty", "external"):
            if name in query:
                rows = rows.filter(**{name: query[name]})
        if words := query.get("search"):
            rows = rows.filter(
                Q(actor__name__icontains=words)
                | Q(actor__handle__icontains=words)
                | Q(role__icontains=words)
            )
        found = ordered(rows, dict(AgentQuery.orders), query["ordering"])
        return self.page(found, agents_of, query)

    @op("createAgent", takes=AgentInput, gives=AgentAnswer, status=201, example=_EXAMPLE)
    def post(self, request: Any, data: dict[str, Any]) -> Any:
        """Make an agent. With external: true it runs elsewhere and takes its work by heartbeat,
        with a key of its own (POST auth/keys)."""
        agent = actions.create_agent(actor=self.actor, **self.with_model(data))
        return self.answer(agent.pk)


class OneAgent(AgentEndpoint):
    needs = {"GET": "read", "PATCH": "agents", "DELETE": "agents"}

    @op("getAgent", gives=AgentAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """One agent."""
        self.agent(id, retired_at=None)
        return self.answer(id)

    @op("changeAgent", takes=AgentChange, gives=AgentAnswer)
    def patch(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Change what an agent is. Takes effect at its next step."""
        agent = self.agent(id, retired_at=None)
        actions.edit_agent(actor=self.actor, agent=agent, **self.with_model(data))
        return self.answer(id)

    @op("retireAgent", status=204)
    def delete(self, request: Any, id: UUID) -> Any:
        """Take an agent out of service for good. Its history stays; its work is handed out anew."""
        actions.retire_agent(actor=self.actor, agent=self.agent(id, retired_at=None))


class Heartbeat(AgentEndpoint):
    needs = {"POST": ("run", "perform")}
    kinds = {"POST": "run"}

    @op("heartbeat", gives=HeartbeatAnswer)
    def post(self, request: Any, id: UUID) -> Any:
        """Let an agent look for work now.

        An agent that runs elsewhere asks for itself and gets what it should do now, each run
        with a lease of 30 s and a token. Asked by a person for an agent that runs here, it
        answers with the runs that were queued.
        """
        actor = self.actor
        if outside.nothing_new(actor, id):
            return _idle(5)
        own = outside.look(actor, id) if actor.is_agent else None
        if own is not None and own.external and not own.something:
            return _idle(own.interval)
        agent = self.agent(id, retired_at=None)
        if agent.actor_id == actor.pk and agent.external:
            taken = outside.take_work(actor=actor, agent=agent)
            return _working(agent, taken) if taken else _idle(agent.heartbeat_interval)
        if "run" not in self.permissions:
            raise Forbidden("An agent wakes itself alone.")
        queued = actions.run_heartbeat(actor=actor, agent=agent, trigger="api")
        return {
            "status": "queued" if queued else "idle",
            "work": [],
            "runs": [run.pk for run in queued],
            "again_in": agent.heartbeat_interval,
        }


class Pause(AgentEndpoint):
    needs = {"POST": "agents"}

    @op("pauseAgent", takes=ReasonInput, gives=AgentAnswer)
    def post(self, request: Any, id: UUID, data: dict[str, str]) -> Any:
        """Let an agent rest: what it has under way stops within a second and waits for it."""
        agent = self.agent(id, retired_at=None)
        actions.pause_agent(actor=self.actor, agent=agent, reason=data.get("reason", ""))
        return self.answer(id)


class Resume(AgentEndpoint):
    needs = {"POST": "agents"}

    @op("resumeAgent", gives=AgentAnswer)
    def post(self, request: Any, id: UUID) -> Any:
        """Let a paused or blocked agent work again; what waited for it goes on."""
        actions.resume_agent(actor=self.actor, agent=self.agent(id, retired_at=None))
        return self.answer(id)


class AgentActivities(LogEndpoint):
    tag = "agents"

    @op(
        "listActivitiesOfAgent",
        query=ActivityQuery,
        page_of=ActivityAnswer,
        refuses=FORGOTTEN,
    )
    def get(self, request: Any, id: UUID, query: dict[str, Any]) -> Any:
        """What happened to an agent and by it."""
        return self.entries(query, agent=self.fetch(Agent.objects.all(), pk=id))


class ActivitiesByAgent(AgentActivities):
    tag = "activities"

    @op(
        "listActivitiesByAgent",
        query=ActivityQuery,
        page_of=ActivityAnswer,
        refuses=FORGOTTEN,
    )
    def get(self, request: Any, id: UUID, query: dict[str, Any]) -> Any:
        """What happened to an agent and by it."""
        return self.entries(query, agent=self.fetch(Agent.objects.all(), pk=id))


class Halt(Endpoint):
    tag = "workspaces"
    needs = {"POST": "run"}
    kinds = {"POST": "run"}

    @op("haltWorkspace", takes=ReasonInput, gives=StoppedAnswer)
    def post(self, request: Any, data: dict[str, str]) -> Any:
        """Stop every run and job within a second; none goes on until the workspace is resumed."""
        stopped = actions.halt_workspace(actor=self.actor, reason=data.get("reason", ""))
        return {"stopped": stopped}


class ResumeAll(Endpoint):
    tag = "workspaces"
    needs = {"POST": "run"}
    kinds = {"POST": "run"}

    @op("resumeWorkspace", status=204)
    def post(self, request: Any) -> Any:
        """Let everything go on from where it was stopped."""
        actions.resume_workspace(actor=self.actor)


def _idle(again_in: int) -> dict[str, Any]:
    return {"status": "idle", "work": [], "runs": [], "again_in": again_in}


def _working(agent: Agent, taken: list[Run]) -> dict[str, Any]:
    notes: dict[UUID, list[str]] = {run.pk: [] for run in taken}
    said = Step.objects.filter(run__in=notes, kind=Step.Kind.NOTE).order_by("run", "index")
    for run_id, content in said.values_list("run", "content"):
        notes[run_id].append(str(content.get("text", "")))
    return {
        "status": "working",
        "work": [work_of(run, notes[run.pk]) for run in taken],
        "runs": [],
        "again_in": agent.heartbeat_interval,
    }
