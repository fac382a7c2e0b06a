"""Runs: looked at, steered, stopped; and reported on by agents that run elsewhere."""

from typing import Any
from uuid import UUID

from accounts.endpoint import Endpoint
from agents import outside, runs
from agents.models import Run
from agents.serializers import (
    FinishInput,
    LeaseAnswer,
    ReasonInput,
    RunAnswer,
    RunQuery,
    SteerInput,
    StepAnswer,
    StepInput,
    TokenInput,
    runs_of,
    steps_of,
)
from core.api.fields import ListQuery
from core.api.pages import ordered
from core.api.schema import op

LOST = {409: ("lease_lost", "This run is no longer yours: it was stopped, or its lease ran out.")}


class RunEndpoint(Endpoint):
    """What the endpoints of one run share."""

    tag = "runs"
    kinds = {"POST": "run"}

    def run(self, id: UUID) -> Run:
        rows = Run.objects.readable_by(self.actor)
        return self.fetch(rows.select_related("agent__actor", "task", "workspace"), pk=id)

    def answer(self, id: UUID) -> Any:
        return runs_of(Run.objects.filter(pk=id))[0]

    def mine(self, id: UUID, data: dict[str, Any]) -> Run:
        """The run, if the caller holds it; its lease begins anew."""
        return outside.held_run(actor=self.actor, run_id=id, token=data.pop("token"))


class Runs(RunEndpoint):
    needs = {"GET": "read"}

    @op("listRuns", query=RunQuery, page_of=RunAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """The runs, the newest first; of those in conversations only one's own."""
        names = ("agent", "task", "kind")
        filters = {name: query[name] for name in names if name in query}
        rows = Run.objects.filter(workspace=self.workspace, **filters).readable_by(self.actor)
        if query.get("state"):
            rows = rows.filter(state__in=query["state"])
        if "live" in query:
            rows = rows.live() if query["live"] else rows.exclude(state__in=Run.LIVE)
        return self.page(ordered(rows, dict(RunQuery.orders), query["ordering"]), runs_of, query)


class OneRun(RunEndpoint):
    needs = {"GET": "read"}

    @op("getRun", gives=RunAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """One run."""
        self.run(id)
        return self.answer(id)


class Steps(RunEndpoint):
    needs = {"GET": "read", "POST": "perform"}

    @op("listSteps", query=ListQuery, page_of=StepAnswer)
    def get(self, request: Any, id: UUID, query: dict[str, Any]) -> Any:
        """What happened in a run, in order."""
        return self.page(self.run(id).steps.order_by("index"), steps_of, query)

    @op(
        "reportStep",
        takes=StepInput,
        gives=StepAnswer,
        status=201,
        refuses=LOST,
        example={"token": 1, "kind": "tool", "name": "look", "text": "Two lights, both on."},
    )
    def post(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Report one thing that happened: an answer of the model, a tool call, a note.

        Renews the lease.
        """
        step = outside.report_step(run=self.mine(id, data), **data)
        return steps_of(step.run.steps.filter(pk=step.pk))[0]


class Cancel(RunEndpoint):
    needs = {"POST": "run"}

    @op("cancelRun", takes=ReasonInput, gives=RunAnswer)
    def post(self, request: Any, id: UUID, data: dict[str, str]) -> Any:
        """Stop a run for good, wherever it is. Its task waits until somebody lets it go on."""
        runs.cancel_run(actor=self.actor, run=self.run(id), reason=data.get("reason", ""))
        return self.answer(id)


class Steer(RunEndpoint):
    needs = {"POST": "run"}

    @op("steerRun", takes=SteerInput, status=204)
    def post(self, request: Any, id: UUID, data: dict[str, str]) -> Any:
        """Say something to the agent in the middle of its run."""
        runs.steer_run(actor=self.actor, run=self.run(id), text=data["text"])


class Renew(RunEndpoint):
    needs = {"POST": "perform"}

    @op("renewLease", takes=TokenInput, gives=LeaseAnswer, refuses=LOST)
    def post(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Hold on to a run for another 30 s. Every report does so too."""
        return {"lease_expires_at": self.mine(id, data).lease_expires_at}


class Finish(RunEndpoint):
    needs = {"POST": "perform"}

    @op(
        "finishRun",
        takes=FinishInput,
        gives=RunAnswer,
        refuses=LOST,
        example={"token": 1, "text": "The lights work; the report is attached."},
    )
    def post(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Bring a run to its end. A task is handed in by POST tasks/{id}/submit before."""
        outside.finish_run(run=self.mine(id, data), **data)
        return self.answer(id)
