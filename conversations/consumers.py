"""One conversation, live: the agent's words while they come, and what becomes of each turn."""

from typing import Any

from channels.db import database_sync_to_async

from activity.consumers import ActivityConsumer
from activity.events import Event
from agents.live import thread_group
from conversations.models import Conversation, Turn
from conversations.words import chunk, so_far


class ConversationConsumer(ActivityConsumer):
    """A socket of the person whose conversation it is."""

    conversation_id: str

    async def admit(self) -> bool:
        self.conversation_id = str(self.scope["url_route"]["kwargs"]["conversation"])
        return await self._is_mine() and await super().admit()

    async def connect(self) -> None:
        await super().connect()
        if self.joined:
            await self._resume()

    def topics(self) -> list[str]:
        return [*super().topics(), thread_group(self.conversation_id)]

    def concerns(self, event: Event) -> bool:
        return event["data"].get("conversation") == self.conversation_id

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        if isinstance(content, dict) and content.get("type") == "resume":
            await self._resume()
        else:
            await super().receive_json(content, **kwargs)

    async def thread_chunk(self, message: dict[str, Any]) -> None:
        """Words of the model, with their place in the text."""
        await self.tell({**message, "type": "chunk"})

    async def thread_turn(self, message: dict[str, Any]) -> None:
        """A turn has begun or ended."""
        await self.tell({**message, "type": "turn"})

    async def agent_step(self, message: dict[str, Any]) -> None:
        """A step of the answer was saved, or a call has its receipt."""
        told = {key: message[key] for key in ("run", "index", "state")}
        await self.tell({"type": "step", **told})

    async def _resume(self) -> None:
        """Say where things stand: the newest turn, and all words of it so far."""
        for message in await self._present():
            await self.tell(message)

    @database_sync_to_async
    def _present(self) -> list[dict[str, Any]]:
        turn = Turn.objects.filter(conversation__pk=self.conversation_id).order_by("-index").first()
        if turn is None:
            return []
        state: dict[str, Any] = {
            "type": "turn",
            "turn": str(turn.pk),
            "index": turn.index,
            "state": turn.state,
            "problem": turn.problem,
        }
        heard = so_far(turn.pk) if turn.streaming else None
        if heard is None:
            return [state]
        words = chunk(turn.pk, heard.take, heard.step, 0, heard.text)
        return [state, {**words, "type": "chunk"}]

    @database_sync_to_async
    def _is_mine(self) -> bool:
        return Conversation.objects.of(self.actor).filter(pk=self.conversation_id).exists()
