"""What waits for a person's decision."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.endpoint import Endpoint
from agents import actions
from agents.models import Approval
from agents.privacy import readable_by
from agents.serializers import ApprovalAnswer, ApprovalQuery, ReasonInput, approvals_of
from core.api.schema import op


class ApprovalEndpoint(Endpoint):
    """What the endpoints of one approval share."""

    tag = "approvals"

    def approvals(self) -> QuerySet[Approval]:
        mine = readable_by(self.actor, "run__")
        return Approval.objects.filter(mine, run__workspace=self.workspace)

    def decide(self, id: UUID, approve: bool, reason: str) -> Any:
        rows = self.approvals().select_related("run__agent__actor", "run__task", "run__workspace")
        found = self.fetch(rows, home="run__workspace", pk=id)
        actions.decide(actor=self.actor, approval=found, approve=approve, reason=reason)
        return approvals_of(self.approvals().filter(pk=id))[0]


class Approvals(ApprovalEndpoint):
    needs = {"GET": "read"}

    @op("listApprovals", query=ApprovalQuery, page_of=ApprovalAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """Decisions that runs wait for, or waited for; the newest first."""
        rows = self.approvals().order_by("-created_at", "-pk")
        for name in ("state", "run"):
            if name in query:
                rows = rows.filter(**{name: query[name]})
        return self.page(rows, approvals_of, query)


class OneApproval(ApprovalEndpoint):
    needs = {"GET": "read"}

    @op("getApproval", gives=ApprovalAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """One decision, with the call that it is about."""
        self.fetch(self.approvals(), home="run__workspace", pk=id)
        return approvals_of(self.approvals().filter(pk=id))[0]


class Approve(ApprovalEndpoint):
    needs = {"POST": "decide"}

    @op("approve", takes=ReasonInput, gives=ApprovalAnswer)
    def post(self, request: Any, id: UUID, data: dict[str, str]) -> Any:
        """Yes. The run goes on, exactly once."""
        return self.decide(id, True, data.get("reason", ""))


class Deny(ApprovalEndpoint):
    needs = {"POST": "decide"}

    @op("deny", takes=ReasonInput, gives=ApprovalAnswer)
    def post(self, request: Any, id: UUID, data: dict[str, str]) -> Any:
        """No. The run goes on and hears of it."""
        return self.decide(id, False, data.get("reason", ""))
