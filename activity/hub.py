"""One reader of the log for everybody in this process who follows a workspace.

A thousand screens that follow the same workspace hear the same. What the channel layer says is
therefore received once, put in order once, made up for from the log once, and written as JSON
once; each socket only sends it. The more there are to send to, the more events go together.
"""

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Any, NamedTuple, Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from activity.companions import companion
from activity.events import Event, group_of
from activity.replay import newest_of, since
from activity.sockets import allowed_among

log = structlog.get_logger(__name__)

PING_EVERY_S = 10.0
# Between two rounds, for each socket: at most a fifth of the time goes into sending.
PAUSE_PER_SOCKET_S = 0.0002
LONGEST_PAUSE_S = 0.25
# Events kept in memory, some 700 bytes each.
REMEMBERED = 1_000
# Events whose companions are still to be made; who waits in vain for one asks by itself.
UNACCOMPANIED = 500
AGAIN_AFTER_S = 1.0

compose = database_sync_to_async(companion)


class Follower(Protocol):
    """A socket, as the hub sees it. None of these may wait."""

    @property
    def actor_id(self) -> UUID: ...
    @property
    def wants(self) -> frozenset[str]: ...
    def offer(self, first: int, last: int, text: str) -> None: ...
    def accompany(self, text: str) -> None: ...
    def ping(self, message: dict[str, Any]) -> None: ...
    def shut_out(self) -> None: ...


class Told(NamedTuple):
    """An event as it is sent."""

    number: int
    text: str


def frame(events: Sequence[Told]) -> str:
    """One frame: an event, or several that happened close together."""
    if len(events) == 1:
        return events[0].text
    return f'{{"type": "events", "events": [{", ".join(event.text for event in events)}]}}'


class Hub:
    """Everybody in this process who follows one workspace."""

    def __init__(self, workspace_id: UUID) -> None:
        self.workspace_id = workspace_id
        self.followers: set[Follower] = set()
        self.last = 0
        self._heard: dict[int, Event] = {}
        # The newest, without a gap, for those who come back after a moment.
        self._recent: deque[Told] = deque(maxlen=REMEMBERED)
        self._something = asyncio.Event()
        self._alone: deque[Event] = deque(maxlen=UNACCOMPANIED)
        self._some_alone = asyncio.Event()
        self._opened: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def join(self, follower: Follower) -> None:
        """From the return on, whatever is committed will be offered to the follower."""
        self.followers.add(follower)
        if self._opened is None:
            self._opened = asyncio.create_task(self._open())
        await asyncio.shield(self._opened)

    async def leave(self, follower: Follower) -> None:
        self.followers.discard(follower)
        if not self.followers:
            await self._close()

    async def after(self, number: int) -> list[Told]:
        """What came after event `number`: from memory, or a page of it from the log."""
        if number >= self.last:
            return []
        missing = self.last - number
        if missing <= len(self._recent):
            return list(islice(self._recent, len(self._recent) - missing, None))
        return _told(await since(self.workspace_id, number))

    async def _open(self) -> None:
        # First into the group, then the look at the database: nothing falls in between.
        self._layer = get_channel_layer()
        self._channel = await self._layer.new_channel()
        await self._layer.group_add(group_of(self.workspace_id), self._channel)
        self.last = await newest_of(self.workspace_id)
        work = (self._listen(), self._tell(), self._accompany(), self._ping())
        self._tasks = [asyncio.create_task(one) for one in work]

    async def _close(self) -> None:
        _hubs().pop(self.workspace_id, None)
        for task in [self._opened, *self._tasks]:
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task
        if self._tasks:
            with contextlib.suppress(Exception):
                await self._layer.group_discard(group_of(self.workspace_id), self._channel)

    async def _listen(self) -> None:
        while True:
            try:
                message = await self._layer.receive(self._channel)
                self._heard |= {event["number"]: event for event in message["events"]}
            except Exception as error:
                log.warning("hub.deaf", error=type(error).__name__)
                await asyncio.sleep(AGAIN_AFTER_S)
            self._something.set()

    async def _tell(self) -> None:
        while True:
            # Even if nothing was heard: the last hint of all may have been lost.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._something.wait(), PING_EVERY_S)
            self._something.clear()
            try:
                events = self._in_order() or await since(self.workspace_id, self.last)
            except Exception as error:
                log.warning("hub.blind", error=type(error).__name__)
                await asyncio.sleep(AGAIN_AFTER_S)
                self._something.set()
                continue
            if events:
                self._pass_on(events)
                if self._heard:
                    self._something.set()
                await asyncio.sleep(_pause_after(len(self.followers)))

    def _in_order(self) -> list[Event]:
        """What follows on the last without a gap; what has been sent already is forgotten."""
        for number in [number for number in self._heard if number <= self.last]:
            del self._heard[number]
        events: list[Event] = []
        while (number := self.last + len(events) + 1) in self._heard:
            events.append(self._heard.pop(number))
        return events

    def _pass_on(self, events: list[Event]) -> None:
        told = _told(events)
        self._recent += told
        self.last = told[-1].number
        text = frame(told)
        for follower in tuple(self.followers):
            follower.offer(told[0].number, self.last, text)
        if any(follower.wants for follower in self.followers):
            self._alone += events
            self._some_alone.set()

    async def _accompany(self) -> None:
        """Send after the events what goes along with them; what comes meanwhile goes together."""
        while True:
            await self._some_alone.wait()
            self._some_alone.clear()
            events = list(self._alone)
            self._alone.clear()
            for name in {name for follower in self.followers for name in follower.wants}:
                try:
                    message = await compose(name, self.workspace_id, events)
                except Exception as error:
                    log.warning("hub.unaccompanied", name=name, error=type(error).__name__)
                    continue
                if message is not None:
                    await self._share(name, json.dumps(message))

    async def _share(self, name: str, text: str) -> None:
        wanting = [follower for follower in self.followers if name in follower.wants]
        for follower in wanting:
            follower.accompany(text)
        await asyncio.sleep(_pause_after(len(wanting)))

    async def _ping(self) -> None:
        """Show the readers that the line is alive, and see that they may still read."""
        while True:
            await asyncio.sleep(PING_EVERY_S)
            followers = tuple(self.followers)
            try:
                welcome = await allowed_among({follower.actor_id for follower in followers})
            except Exception as error:
                log.warning("hub.blind", error=type(error).__name__)
                continue
            message = {"type": "ping", "t": time.time(), "last": self.last}
            for follower in followers:
                if follower.actor_id in welcome:
                    follower.ping(message)
                else:
                    follower.shut_out()


def _pause_after(sockets: int) -> float:
    return min(sockets * PAUSE_PER_SOCKET_S, LONGEST_PAUSE_S)


def _told(events: list[Event]) -> list[Told]:
    return [Told(event["number"], json.dumps(event)) for event in events]


_of_loops: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[UUID, Hub]]" = WeakKeyDictionary()


def _hubs() -> dict[UUID, Hub]:
    return _of_loops.setdefault(asyncio.get_running_loop(), {})


def hub_of(workspace_id: UUID) -> Hub:
    """The hub of a workspace on this loop."""
    return _hubs().setdefault(workspace_id, Hub(workspace_id))
