"""What is said about a task, with files and signs; and how a run asks."""

from typing import Any
from uuid import UUID

from django.http import FileResponse
from rest_framework.parsers import MultiPartParser

from activity.log import Origin, caused_by
from agents import outside
from agents.serializers import RunAnswer, runs_of
from core.api.fields import ListQuery
from core.api.pages import ordered
from core.api.schema import op
from core.api.wire import TooLarge
from core.errors import Conflict
from tasks import actions
from tasks.actions.attaching import MAX_ATTACHMENT
from tasks.api.endpoint import TaskEndpoint
from tasks.models import Attachment, Message
from tasks.rows import attachments_of, message_of_new, messages_of
from tasks.serializers import (
    AskInput,
    AttachmentAnswer,
    BodyInput,
    FileInput,
    MessageAnswer,
    MessageInput,
    MessageQuery,
    ReactedAnswer,
    SignInput,
)


class MessageEndpoint(TaskEndpoint):
    """What the endpoints of one message share."""

    tag = "messages"

    def message(self, id: UUID) -> Message:
        rows = Message.objects.select_related("task", "author")
        return self.fetch(rows, pk=id)

    def said(self, id: UUID) -> dict[str, Any]:
        return messages_of(Message.objects.filter(pk=id))[0]


class Messages(MessageEndpoint):
    needs = {"GET": "read", "POST": "comment"}

    @op("listMessages", query=MessageQuery, page_of=MessageAnswer)
    def get(self, request: Any, id: UUID, query: dict[str, Any]) -> Any:
        """The thread of a task, the oldest first."""
        rows = self.task(id).messages.all()
        for name in ("kind", "author"):
            if name in query:
                rows = rows.filter(**{name: query[name]})
        if "open" in query:
            rows = rows.filter(kind="question", answered_at__isnull=query["open"])
        for word in query.get("search", "").split()[:8]:
            rows = rows.filter(body__icontains=word)
        rows = ordered(rows, dict(MessageQuery.orders), query["ordering"])
        return self.page(rows, messages_of, query)

    @op(
        "postMessage",
        takes=MessageInput,
        gives=MessageAnswer,
        status=201,
        example={"body": "The second lamp is out. @technical, can you look?"},
    )
    def post(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Say something. Whoever is mentioned is told, and woken if an agent.

        An answer names the question by reply_to; the run that asked it goes on.
        """
        task = self.task(id)
        reply_to = None
        if "reply_to" in data:
            reply_to = self.fetch(task.messages.all(), pk=data["reply_to"])
        message = actions.post_message(
            actor=self.actor,
            task=task,
            body=data["body"],
            kind=data.get("kind", Message.Kind.COMMENT),
            reply_to=reply_to,
            asked=self.named_actor(data.get("asked"), "asked"),
        )
        return message_of_new(message)


class OneMessage(MessageEndpoint):
    needs = {"GET": "read", "PATCH": "comment"}

    @op("getMessage", gives=MessageAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """One message."""
        return self.said(self.message(id).pk)

    @op("changeMessage", takes=BodyInput, gives=MessageAnswer)
    def patch(self, request: Any, id: UUID, data: dict[str, str]) -> Any:
        """Change one's own words. Nobody is woken a second time."""
        actions.edit_message(actor=self.actor, message=self.message(id), body=data["body"])
        return self.said(id)


class Reactions(MessageEndpoint):
    needs = {"POST": "comment"}

    @op("react", takes=SignInput, gives=ReactedAnswer)
    def post(self, request: Any, id: UUID, data: dict[str, str]) -> Any:
        """Put one's sign under a message, or take it away again."""
        there = actions.react(actor=self.actor, message=self.message(id), sign=data["sign"])
        return {"there": there}


class Attachments(MessageEndpoint):
    needs = {"GET": "read", "POST": "comment"}
    parser_classes = [MultiPartParser]

    @op("listAttachments", query=ListQuery, page_of=AttachmentAnswer)
    def get(self, request: Any, id: UUID, query: dict[str, Any]) -> Any:
        """The files of a message."""
        rows = self.message(id).attachments.order_by("created_at", "pk")
        return self.page(rows, attachments_of, query)

    @op("attach", takes=FileInput, takes_file=True, gives=AttachmentAnswer, status=201)
    def post(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Add a file of at most 20 MB to one's own message."""
        file = data["file"]
        if file.size > MAX_ATTACHMENT:
            raise TooLarge()
        message = self.message(id)
        with actions.stored(self.actor, file) as (draft,):
            attachment = actions.attach(actor=self.actor, message=message, file=draft)
        return attachments_of(Attachment.objects.filter(pk=attachment.pk))[0]


class Download(MessageEndpoint):
    needs = {"GET": "read"}

    @op("downloadAttachment", gives=bytes, media_type="application/octet-stream")
    def get(self, request: Any, id: UUID) -> Any:
        """The file itself, always to be saved and never to be shown."""
        found = self.fetch(Attachment.objects.all(), home="message__workspace", pk=id)
        return FileResponse(
            found.file.open("rb"),
            as_attachment=True,
            filename=found.name,
            content_type="application/octet-stream",
        )


class Ask(TaskEndpoint):
    tag = "runs"
    needs = {"POST": "perform"}
    kinds = {"POST": "run"}

    @op(
        "askInRun",
        takes=AskInput,
        gives=RunAnswer,
        refuses={409: ("lease_lost", "This run is no longer yours.")},
    )
    def post(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Ask somebody about the task of a run, and let the run wait for the answer.

        With the answer in its notes it comes with a later heartbeat.
        """
        run = outside.held_run(actor=self.actor, run_id=id, token=data["token"])
        if run.task is None:
            raise Conflict("This run is about no task; there is no thread to ask in.")
        whom = self.named_actor(data.get("whom"), "whom")
        with caused_by(Origin(run_id=run.pk, cause_id=run.cause_id, hops=run.hops)):
            question = actions.ask(
                actor=self.actor, task=run.task, question=data["question"], whom=whom
            )
        asked = question.asked.handle if question.asked else "somebody"
        outside.wait_for_answer(run=run, reason=f"asked @{asked}: {question.body}"[:300])
        return runs_of(type(run).objects.filter(pk=run.pk))[0]
