"""The live feed: every activity of a workspace, in order, without a gap.

What comes through the channel layer is a hint that may be lost, doubled or late. The
socket knows the last number it has sent; what does not follow on it is fetched from the
database. The protocol is described in docs/sockets.md.
"""

import asyncio
import contextlib
import time
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from accounts.models import Actor, Workspace
from activity import gauges
from activity.events import Event, as_event, group_of
from activity.models import Activity
from activity.sockets import actor_of, allowed

PING_EVERY_S = 10.0
SEND_WITHIN_S = 15.0
PAGE = 500
# Codes with which a socket is closed.
STRANGER, NO_ACCESS, TOO_SLOW, BAD_REQUEST = 4401, 4403, 4408, 4400


class ActivityConsumer(AsyncJsonWebsocketConsumer):
    """One open screen or program that follows a workspace."""

    actor: Actor
    last: int
    joined: list[str]
    _pings: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        self.joined = []
        actor = await actor_of(self.scope)
        await self.accept()
        if actor is None:
            await self.close(STRANGER)
            return
        after = self._after()
        if after is None:
            await self.close(BAD_REQUEST)
            return
        self.actor = actor
        if not await self.admit():
            await self.close(NO_ACCESS)
            return
        self.joined = self.topics()
        # First into the group, then the look at the database: nothing falls in between.
        for group in self.joined:
            await self.channel_layer.group_add(group, self.channel_name)
        newest = await self._newest()
        self.last = newest if after < 0 else min(after, newest)
        await self.tell({"type": "hello", "last": newest, "after": self.last})
        await self._catch_up()
        gauges.sockets.inc()
        self._pings = asyncio.create_task(self._ping())

    async def disconnect(self, code: int) -> None:
        if self._pings is not None:
            gauges.sockets.dec()
            self._pings.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pings
        for group in self.joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def admit(self) -> bool:
        """Whether the actor may follow what this socket is about."""
        return bool(await allowed(self.actor.pk))

    def topics(self) -> list[str]:
        """The channel groups that concern this socket."""
        return [group_of(self.actor.workspace_id)]

    def concerns(self, event: Event) -> bool:
        """Whether an event is to be sent; those that are not still count."""
        return True

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        if isinstance(content, dict) and content.get("type") == "ping":
            await self.tell({"type": "pong", "t": content.get("t")})

    async def activity_events(self, message: dict[str, Any]) -> None:
        """What verbs publish when they commit."""
        for event in message["events"]:
            if event["number"] > self.last + 1:
                await self._catch_up()
            if event["number"] == self.last + 1:
                await self._pass_on(event)

    async def tell(self, message: dict[str, Any]) -> None:
        """Send, or close the socket of a reader that does not read."""
        try:
            await asyncio.wait_for(self.send_json(message), SEND_WITHIN_S)
        except TimeoutError:
            await self.close(TOO_SLOW)

    async def _pass_on(self, event: Event) -> None:
        self.last = event["number"]
        if self.concerns(event):
            await self.tell(dict(event))

    async def _catch_up(self) -> None:
        while True:
            events = await self._after_last()
            for event in events:
                await self._pass_on(event)
            if len(events) < PAGE:
                return

    async def _ping(self) -> None:
        """Show the reader that the line is alive, and see that it may still read."""
        while True:
            await asyncio.sleep(PING_EVERY_S)
            if not await allowed(self.actor.pk):
                await self.close(NO_ACCESS)
                return
            await self.tell({"type": "ping", "t": time.time(), "last": self.last})

    def _after(self) -> int | None:
        """The number after which to begin; -1 for now, None if it is none."""
        query = parse_qs(self.scope.get("query_string", b"").decode("latin-1"))
        text = query.get("after", ["-1"])[0]
        return int(text) if text.lstrip("-").isdecimal() and len(text) < 19 else None

    @database_sync_to_async
    def _newest(self) -> int:
        rows = Workspace.objects.filter(pk=self.actor.workspace_id)
        return rows.values_list("last_event", flat=True).get()

    @database_sync_to_async
    def _after_last(self) -> list[Event]:
        rows = Activity.objects.filter(
            workspace=self.actor.workspace_id, number__gt=self.last
        ).select_related("actor", "task")
        return [as_event(row) for row in rows.order_by("number")[:PAGE]]
