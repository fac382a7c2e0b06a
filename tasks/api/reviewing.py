"""The gate before done: evidence, handing in, the verdict."""

from typing import Any, cast
from uuid import UUID

from accounts.endpoint import by_id
from core.api.fields import ListQuery
from core.api.schema import op
from documents.models import Document
from tasks import actions
from tasks.actions.reviewing import Checked
from tasks.api.endpoint import TaskEndpoint
from tasks.models import Attachment, Evidence
from tasks.rows import evidence_of, reviews_of
from tasks.serializers import (
    EvidenceAnswer,
    EvidenceInput,
    ReviewAnswer,
    ReviewInput,
    SubmitInput,
    TaskAnswer,
)


class EvidenceList(TaskEndpoint):
    needs = {"GET": "read", "POST": "work"}

    @op("listEvidence", query=ListQuery, page_of=EvidenceAnswer)
    def get(self, request: Any, id: UUID, query: dict[str, Any]) -> Any:
        """What was put forward to show that a task is done."""
        return self.page(self.task(id).evidence.order_by("created_at", "pk"), evidence_of, query)

    @op("addEvidence", takes=EvidenceInput, gives=EvidenceAnswer, status=201)
    def post(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Put forward a document, a file, the result of a check, or one's word."""
        task = self.task(id)
        document = attachment = None
        if "document" in data:
            mine = Document.objects.visible_to(self.actor)
            document = by_id(mine, [data["document"]], field="document")[0]
        if "attachment" in data:
            files = Attachment.objects.filter(message__workspace=self.workspace)
            attachment = by_id(
                files.select_related("message"), [data["attachment"]], field="attachment"
            )[0]
        evidence = actions.add_evidence(
            actor=self.actor,
            task=task,
            summary=data["summary"],
            document=document,
            attachment=attachment,
            kind=data.get("kind", ""),
        )
        return evidence_of(Evidence.objects.filter(pk=evidence.pk))[0]


class Submit(TaskEndpoint):
    needs = {"POST": "work"}

    @op("submitTask", takes=SubmitInput, gives=TaskAnswer)
    def post(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Hand in finished work for review. Agents must bring evidence."""
        mine = Document.objects.visible_to(self.actor)
        task = actions.submit_for_review(
            actor=self.actor,
            task=self.task(id),
            summary=data.get("summary", ""),
            documents=by_id(mine, data.get("document_ids", []), field="document_ids"),
            reviewer=self.named_actor(data.get("reviewer"), "reviewer"),
        )
        return self.changed(task)


class Verdict(TaskEndpoint):
    needs = {"POST": "review"}

    @op(
        "reviewTask",
        takes=ReviewInput,
        gives=TaskAnswer,
        example={"verdict": "send_back", "reason": "The second lamp is out."},
    )
    def post(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Let work through, or send it back with a reason."""
        task = actions.review_task(
            actor=self.actor,
            task=self.task(id),
            verdict=data["verdict"],
            reason=data.get("reason", ""),
            checked=cast(list[Checked], data.get("checked", [])),
        )
        return self.changed(task)


class Reviews(TaskEndpoint):
    needs = {"GET": "read"}

    @op("listReviews", query=ListQuery, page_of=ReviewAnswer)
    def get(self, request: Any, id: UUID, query: dict[str, Any]) -> Any:
        """The verdicts on a task, the newest first."""
        return self.page(self.task(id).reviews.order_by("-created_at", "-pk"), reviews_of, query)
