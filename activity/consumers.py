"""The live feed: every activity of a workspace, in order, without a gap.

What comes through the channel layer is a hint that may be lost, doubled or late. The
socket knows the last number it has sent; what does not follow on it is fetched from the
database. The protocol is described in docs/sockets.md.
"""

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from channels.generic.websocket import AsyncJsonWebsocketConsumer

from accounts.models import Actor
from activity import companions, gauges
from activity.events import Event, group_of
from activity.hub import Hub, frame, hub_of
from activity.replay import PAGE, bounds_of, since
from activity.sockets import actor_of, allowed

PING_EVERY_S = 10.0
SEND_WITHIN_S = 15.0
# Events in one frame, of those that are made up for.
AT_ONCE = 100
# Codes with which a socket is closed.
STRANGER, NO_ACCESS, TOO_SLOW, BAD_REQUEST = 4401, 4403, 4408, 4400


class ActivityConsumer(AsyncJsonWebsocketConsumer):
    """One open screen or program that follows a workspace."""

    actor: Actor
    after: int
    last: int
    joined: list[str]
    _counted = False
    _pings: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        self.joined = []
        actor = await actor_of(self.scope)
        await self.accept()
        if actor is None:
            await self.close(STRANGER)
            return
        if not self.understand(parse_qs(self.scope.get("query_string", b"").decode("latin-1"))):
            await self.close(BAD_REQUEST)
            return
        self.actor = actor
        if not await self.admit():
            await self.close(NO_ACCESS)
            return
        await self.begin()
        gauges.sockets.inc()
        self._counted = True

    async def begin(self) -> None:
        """Catch up, and from then on tell what happens."""
        self.joined = self.topics()
        # First into the group, then the look at the database: nothing falls in between.
        for group in self.joined:
            await self.channel_layer.group_add(group, self.channel_name)
        await self.greet()
        await self._catch_up()
        self._pings = asyncio.create_task(self._ping())

    async def greet(self) -> None:
        """Say where the log stands, and from where this socket goes on.

        Who asks for what the log does not have any more has to load anew, and goes on from now.
        """
        oldest, newest = await bounds_of(self.actor.workspace_id)
        lost = 0 <= self.after < min(oldest - 1, newest)
        self.last = newest if self.after < 0 or lost else min(self.after, newest)
        await self.tell({"type": "hello", "last": newest, "after": self.last})
        if lost:
            await self.tell({"type": "reset", "last": newest})

    async def disconnect(self, code: int) -> None:
        if self._counted:
            gauges.sockets.dec()
        if self._pings is not None:
            self._pings.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pings
        for group in self.joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    def understand(self, query: dict[str, list[str]]) -> bool:
        """Take in what the address asks for; False where that makes no sense."""
        text = query.get("after", ["-1"])[0]
        if not text.lstrip("-").isdecimal() or len(text) >= 19:
            return False
        # -1 is from now on.
        self.after = int(text)
        return True

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
        await self._within(self.send_json(message))

    async def _within(self, sending: Coroutine[Any, Any, None]) -> None:
        try:
            async with asyncio.timeout(SEND_WITHIN_S):
                await sending
        except TimeoutError:
            await self.close(TOO_SLOW)
        except OSError:
            pass  # it has gone, and the server will say so in a moment

    async def _pass_on(self, event: Event) -> None:
        self.last = event["number"]
        if self.concerns(event):
            await self.tell(dict(event))

    async def _catch_up(self) -> None:
        while True:
            events = await since(self.actor.workspace_id, self.last)
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


class FeedConsumer(ActivityConsumer):
    """One open screen or program that follows everything in a workspace.

    It shares a hub with all others in this process, and lives from what that offers. While it
    is busy sending, it lets offers pass and afterwards reads from the log what it missed: so
    a slow reader delays nobody and fills no memory.
    """

    _hub: Hub | None = None
    _task: asyncio.Task[None] | None = None
    _begun = False
    _behind = False
    wants: frozenset[str] = frozenset()

    @property
    def actor_id(self) -> UUID:
        return self.actor.pk

    def understand(self, query: dict[str, list[str]]) -> bool:
        self.wants = frozenset(query.get("with", []))
        return companions.known(self.wants) and super().understand(query)

    async def begin(self) -> None:
        self._hub = hub_of(self.actor.workspace_id)
        await self._hub.join(self)
        await self.greet()
        self._task = asyncio.create_task(self._send_missed())
        self._begun = True

    async def disconnect(self, code: int) -> None:
        await super().disconnect(code)
        if self._hub is not None:
            await self._hub.leave(self)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self._task

    def offer(self, first: int, last: int, text: str) -> None:
        """Send the events from number `first` to `last`, unless they do not follow on ours."""
        if self._busy:
            self._behind = True
        elif last <= self.last:
            return
        elif first == self.last + 1:
            self.last = last
            self._task = asyncio.create_task(self._send_text(text))
        else:
            self._task = asyncio.create_task(self._send_missed())

    def accompany(self, text: str) -> None:
        """Send what goes along with events that were offered; lost on one who is busy."""
        if not self._busy:
            self._task = asyncio.create_task(self._send_text(text))

    def ping(self, message: dict[str, Any]) -> None:
        if not self._busy:
            self._task = asyncio.create_task(self.tell(message))

    def shut_out(self) -> None:
        self._closing = asyncio.create_task(self.close(NO_ACCESS))

    @property
    def _busy(self) -> bool:
        return not self._begun or (self._task is not None and not self._task.done())

    async def _send_text(self, text: str) -> None:
        await self._within(self.send(text))
        if self._behind:
            await self._send_missed()

    async def _send_missed(self) -> None:
        """Everything after our last number."""
        assert self._hub is not None
        while events := await self._hub.after(self.last):
            for start in range(0, len(events), AT_ONCE):
                some = events[start : start + AT_ONCE]
                self.last = some[-1].number
                await self._within(self.send(frame(some)))
        self._behind = False
