"""One agent, live: what it does, its steps as they are saved, its words while they come."""

from typing import Any

from channels.db import database_sync_to_async

from activity.consumers import ActivityConsumer
from activity.events import Event
from agents.models import Agent


class AgentConsumer(ActivityConsumer):
    """A socket that follows one agent of the workspace."""

    agent_id: str
    agent_actor: str

    async def admit(self) -> bool:
        self.agent_id = str(self.scope["url_route"]["kwargs"]["agent"])
        self.agent_actor = await self._actor_of_agent()
        return bool(self.agent_actor) and await super().admit()

    def topics(self) -> list[str]:
        return [*super().topics(), f"agent.{self.agent_id}"]

    def concerns(self, event: Event) -> bool:
        actor = event["actor"]
        return event["agent"] == self.agent_id or (
            actor is not None and actor["id"] == self.agent_actor
        )

    async def agent_words(self, message: dict[str, Any]) -> None:
        """Words of the model. They are not numbered and not repeated."""
        await self.tell({"type": "words", "run": message["run"], "text": message["text"]})

    async def agent_step(self, message: dict[str, Any]) -> None:
        """A step was saved. Not numbered either: whoever missed it asks for the run's steps."""
        told = {key: message[key] for key in ("run", "index", "state")}
        await self.tell({"type": "step", **told})

    @database_sync_to_async
    def _actor_of_agent(self) -> str:
        agent = Agent.objects.filter(pk=self.agent_id, workspace=self.actor.workspace_id).first()
        return str(agent.actor_id) if agent else ""
