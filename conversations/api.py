"""Conversations for programs: what their person could do on the screen."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import path

from accounts.endpoint import Endpoint, by_id
from agents.models import Agent
from conversations import actions, exporting
from conversations.files import of_assets
from conversations.models import Conversation, Turn
from conversations.querysets import ConversationQuerySet
from conversations.serializers import (
    ConversationAnswer,
    ConversationChange,
    ConversationInput,
    ConversationQuery,
    EditInput,
    ExportAnswer,
    LinkAnswer,
    MadeTaskAnswer,
    SayInput,
    TaskOfTurnInput,
    TurnAnswer,
    TurnQuery,
    conversations_of,
    turns_of,
)
from core.api.pages import ordered
from core.api.schema import op
from modules.models import Asset

BUSY = {409: ("busy", "An answer is still being written; stop it first.")}


class ConversationEndpoint(Endpoint):
    """What the endpoints of one's own conversations share."""

    tag = "conversations"

    def mine(self) -> ConversationQuerySet:
        return Conversation.objects.of(self.actor)

    def conversation(self, id: UUID) -> Conversation:
        return self.fetch(self.mine().select_related("agent__actor", "owner", "workspace"), pk=id)

    def turn(self, id: UUID) -> Turn:
        rows = Turn.objects.filter(conversation__owner=self.actor).select_related("conversation")
        return self.fetch(rows, home="conversation__workspace", pk=id)

    def agents(self, ids: list[UUID], field: str = "others") -> list[Agent]:
        rows = Agent.objects.filter(workspace=self.workspace).select_related("actor")
        return by_id(rows, ids, field=field)

    def told(self, id: UUID) -> dict[str, Any]:
        return conversations_of(self.mine().filter(pk=id))[0]

    def said(self, id: UUID) -> dict[str, Any]:
        return turns_of(Turn.objects.filter(pk=id))[0]


class Conversations(ConversationEndpoint):
    needs = {"GET": "read", "POST": "comment"}

    @op("listConversations", query=ConversationQuery, page_of=ConversationAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """One's own conversations."""
        found = self.mine().put_away(query["archived"])
        for name in ("agent", "branch_of", "pinned"):
            if name in query:
                found = found.filter(**{name: query[name]})
        if words := query.get("search"):
            found = found.saying(words)
        rows = ordered(found, dict(ConversationQuery.orders), query["ordering"])
        return self.page(rows, conversations_of, query)

    @op("startConversation", takes=ConversationInput, gives=ConversationAnswer, status=201)
    def post(self, request: Any, data: dict[str, Any]) -> Any:
        """Begin to talk with an agent; with content, say it at once. People only."""
        agent = self.agents([data.pop("agent")], field="agent")[0]
        others = self.agents(data.pop("others", []))
        made = actions.start_conversation(actor=self.actor, agent=agent, others=others, **data)
        return self.told(made.pk)


class OneConversation(ConversationEndpoint):
    needs = {"GET": "read", "PATCH": "comment", "DELETE": "comment"}

    @op("getConversation", gives=ConversationAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """One conversation, without its turns."""
        return self.told(self.conversation(id).pk)

    @op("changeConversation", takes=ConversationChange, gives=ConversationAnswer)
    def patch(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Rename it, pin it, put it away or take it out again; say which agents take part."""
        conversation = self.conversation(id)
        if "others" in data:
            others = self.agents(data["others"])
            actions.gather(actor=self.actor, conversation=conversation, others=others)
        if "title" in data:
            actions.rename(actor=self.actor, conversation=conversation, title=data["title"])
        if "pinned" in data:
            actions.pin(actor=self.actor, conversation=conversation, pinned=data["pinned"])
        if "archived" in data:
            archived = data["archived"]
            actions.archive(actor=self.actor, conversation=conversation, archived=archived)
        return self.told(id)

    @op("deleteConversation", status=204)
    def delete(self, request: Any, id: UUID) -> Any:
        """Remove it with all that was said. That its runs were, and what they cost, stays."""
        actions.delete_conversation(actor=self.actor, conversation=self.conversation(id))


class Turns(ConversationEndpoint):
    needs = {"GET": "read", "POST": "comment"}
    kinds = {"POST": "run"}

    @op("listTurns", query=TurnQuery, page_of=TurnAnswer)
    def get(self, request: Any, id: UUID, query: dict[str, Any]) -> Any:
        """What was said, the oldest first; with ordering=-index the newest."""
        rows: QuerySet[Turn] = self.conversation(id).turns.all()
        if "before" in query:
            rows = rows.filter(index__lt=query["before"])
        rows = ordered(rows, dict(TurnQuery.orders), query["ordering"])
        return self.page(rows, turns_of, query)

    @op("say", takes=SayInput, gives=TurnAnswer, status=201, refuses=BUSY)
    def post(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Say something. Answers with the agent's turn, whose words come over the socket."""
        assets = Asset.objects.filter(workspace=self.workspace)
        turn = actions.send_turn(
            actor=self.actor,
            conversation=self.conversation(id),
            content=data["content"],
            files=of_assets(self.actor, by_id(assets, data.get("assets", []), field="assets")),
        )
        return self.said(turn.pk)


class OneTurn(ConversationEndpoint):
    needs = {"GET": "read"}

    @op("getTurn", gives=TurnAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """One turn."""
        return self.said(self.turn(id).pk)


class Cancel(ConversationEndpoint):
    needs = {"POST": "comment"}

    @op("cancelTurn", gives=TurnAnswer)
    def post(self, request: Any, id: UUID) -> Any:
        """Stop an answer for good; what was said so far is kept."""
        actions.cancel_turn(actor=self.actor, turn=self.turn(id))
        return self.said(id)


class Retry(ConversationEndpoint):
    needs = {"POST": "comment"}
    kinds = {"POST": "run"}

    @op("retryTurn", gives=TurnAnswer, refuses=BUSY)
    def post(self, request: Any, id: UUID) -> Any:
        """Let the agent answer once more, in place of its newest answer."""
        actions.retry_turn(actor=self.actor, turn=self.turn(id))
        return self.said(id)


class Edit(ConversationEndpoint):
    needs = {"POST": "comment"}
    kinds = {"POST": "run"}

    @op("editTurn", takes=EditInput, gives=ConversationAnswer, status=201)
    def post(self, request: Any, id: UUID, data: dict[str, str]) -> Any:
        """Say something else than in this turn. Answers with the branch that it begins."""
        branch = actions.edit_turn(actor=self.actor, turn=self.turn(id), content=data["content"])
        return self.told(branch.pk)


class MakeTask(ConversationEndpoint):
    needs = {"POST": "work"}

    @op("makeTaskOfTurn", takes=TaskOfTurnInput, gives=MadeTaskAnswer, status=201)
    def post(self, request: Any, id: UUID, data: dict[str, str]) -> Any:
        """Make what was said a task in the inbox."""
        task = actions.make_task(actor=self.actor, turn=self.turn(id), title=data.get("title", ""))
        return {"id": task.pk, "number": task.number, "key": task.key}


class Export(ConversationEndpoint):
    needs = {"GET": "read"}

    @op("exportConversation", gives=ExportAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """The whole conversation."""
        return exporting.as_data(self.conversation(id))


class Shared(ConversationEndpoint):
    needs = {"GET": "read"}

    @op("readSharedConversation", gives=ExportAnswer)
    def get(self, request: Any, token: str) -> Any:
        """A conversation of a colleague, by the token of the link that they gave away."""
        return exporting.as_data(actions.shared_by(self.actor, token))


class ShareLink(ConversationEndpoint):
    needs = {"POST": "comment", "DELETE": "comment"}

    @op("shareConversation", gives=LinkAnswer, status=201)
    def post(self, request: Any, id: UUID) -> Any:
        """Make a link by which members of the workspace may read it; an earlier one ends."""
        return {"token": actions.share(actor=self.actor, conversation=self.conversation(id))}

    @op("unshareConversation", status=204)
    def delete(self, request: Any, id: UUID) -> Any:
        """Let the link lead nowhere."""
        actions.unshare(actor=self.actor, conversation=self.conversation(id))


urlpatterns = [
    path("conversations", Conversations.as_view()),
    path("conversations/<uuid:id>", OneConversation.as_view()),
    path("conversations/shared/<str:token>", Shared.as_view()),
    path("conversations/<uuid:id>/turns", Turns.as_view()),
    path("conversations/<uuid:id>/export", Export.as_view()),
    path("conversations/<uuid:id>/share", ShareLink.as_view()),
    path("turns/<uuid:id>", OneTurn.as_view()),
    path("turns/<uuid:id>/cancel", Cancel.as_view()),
    path("turns/<uuid:id>/retry", Retry.as_view()),
    path("turns/<uuid:id>/edit", Edit.as_view()),
    path("turns/<uuid:id>/task", MakeTask.as_view()),
]
