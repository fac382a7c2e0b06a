"""Operations and jobs, for programs."""

from typing import Any
from uuid import UUID

from rest_framework.response import Response

from accounts.endpoint import Endpoint
from core.api.pages import ordered
from core.api.schema import op
from modules.endpoints.forms import (
    DecisionInput,
    EstimateAnswer,
    EstimateInput,
    JobAnswer,
    JobInput,
    JobQuery,
    OperationAnswer,
    job_of,
    jobs_of,
    operation_of,
)
from modules.models import Job
from modules.operations import registry
from modules.running import actions, deciding
from modules.running.choosing import price_of
from modules.running.waiting import wait_for

_EXAMPLE = {
    "operation": "language.summarise",
    "input": {"text": "A long text …", "length": "short"},
    "wait": 10,
}


class Operations(Endpoint):
    tag = "modules"
    needs = {"GET": "read"}

    @op("listOperations", list_of=OperationAnswer)
    def get(self, request: Any) -> Any:
        """What modules can do, each with the schema of its input."""
        return [operation_of(one) for one in registry]


class Estimates(Endpoint):
    tag = "modules"
    needs = {"POST": "read"}
    kinds = {"POST": "read"}

    @op("estimateJob", takes=EstimateInput, gives=EstimateAnswer)
    def post(self, request: Any, data: dict[str, Any]) -> Any:
        """What a job may cost at most. Nothing is started."""
        one = registry.get(data["operation"])
        price = price_of(self.workspace, one, data.get("input", {}), data.get("model"))
        return {
            "microdollars": price.microdollars,
            "known": price.known,
            "model": price.model.pk if price.model else None,
            "simulated": bool(price.model and price.model.simulated),
        }


class Jobs(Endpoint):
    tag = "modules"
    needs = {"GET": "read", "POST": "work"}
    kinds = {"POST": "run"}
    slow = frozenset({"POST"})

    @op("listJobs", query=JobQuery, page_of=JobAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """Jobs, the newest first."""
        names = ("state", "operation", "run", "task", "schedule", "simulated")
        filters = {name: query[name] for name in names if name in query}
        rows = Job.objects.open_to_all().filter(workspace=self.workspace, **filters)
        return self.page(ordered(rows, dict(JobQuery.orders), query["ordering"]), jobs_of, query)

    @op("startJob", takes=JobInput, gives=JobAnswer, status=202, example=_EXAMPLE)
    def post(self, request: Any, data: dict[str, Any]) -> Any:
        """Start a job: in the background (202), or with `wait` for its result (200 if it ended)."""
        job = actions.start_job(
            actor=self.actor,
            operation=data["operation"],
            input=data.get("input", {}),
            model=data.get("model"),
            door=Job.Door.API,
        )
        job = wait_for(job, data.get("wait", 0))
        return Response(
            job_of(job),
            status=200 if job.ended else 202,
            headers={"Location": f"/api/v1/modules/jobs/{job.pk}"},
        )


class OneJob(Endpoint):
    tag = "modules"
    needs = {"GET": "read"}

    @op("getJob", gives=JobAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """One job: how far it is, and what came of it."""
        return job_of(self.fetch(Job.objects.open_to_all().select_related("actor"), pk=id))


class Cancelling(Endpoint):
    tag = "modules"
    needs = {"POST": "work"}

    @op("cancelJob", gives=JobAnswer)
    def post(self, request: Any, id: UUID) -> Any:
        """Stop a job for good. 409 when it has ended."""
        job = self.fetch(Job.objects.open_to_all().select_related("actor", "workspace"), pk=id)
        return job_of(actions.cancel_job(actor=self.actor, job=job))


class Deciding(Endpoint):
    tag = "modules"
    needs = {"POST": "decide"}

    @op("decideJob", takes=DecisionInput, gives=JobAnswer)
    def post(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Order again what nobody knows the fate of, or take it as failed. 409 if not asked."""
        job = self.fetch(Job.objects.open_to_all().select_related("actor", "workspace"), pk=id)
        return job_of(deciding.decide_job(actor=self.actor, job=job, again=data["again"]))


class Retrying(Endpoint):
    tag = "modules"
    needs = {"POST": "work"}
    kinds = {"POST": "run"}

    @op("retryJob", gives=JobAnswer, status=202)
    def post(self, request: Any, id: UUID) -> Any:
        """Do the same again, as a new job. 409 while the old one is under way."""
        job = self.fetch(Job.objects.open_to_all().select_related("actor", "model"), pk=id)
        return job_of(actions.retry_job(actor=self.actor, job=job, door=Job.Door.API))
