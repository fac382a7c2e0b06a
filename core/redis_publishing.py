"""Publishing through Redis from a thread of its own.

The channel layer's own way costs a coroutine, a future and an asynchronous client for each
message: five times what it takes to hand it over and let one thread send whatever has come
together. What it sends is what the layer would send; the layer receives it.
"""

import threading
import time
from collections import deque
from typing import Any

import redis
import structlog
from channels_redis.pubsub import RedisPubSubChannelLayer

log = structlog.get_logger(__name__)

# After a failure, messages are let go for so long: each is a hint that somebody will miss, and
# find in the log.
_SPARE_S = 1.0
_TIMEOUT_S = 5.0
# The first message goes at once; those that come right behind it go together.
_GATHER_S = 0.01


class Sender:
    """Sends to groups of one channel layer."""

    def __init__(self, layer: RedisPubSubChannelLayer, *, most: int) -> None:
        self._layer = layer
        self._prefix = str(layer._kwargs.get("prefix", "asgi"))
        self._address = str(layer._kwargs["hosts"][0])
        self._most = most
        self._waiting: deque[tuple[str, dict[str, Any]]] = deque()
        self._something = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._client: redis.Redis | None = None

    def send(self, group: str, message: dict[str, Any]) -> None:
        """Hand a message over. Returns at once; when too many wait, it is left out."""
        if len(self._waiting) >= self._most:
            log.warning("publish.left_out", group=group)
            return
        self._waiting.append((group, message))
        self._something.set()
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._something.wait()
            self._something.clear()
            for group, message in self._gather():
                try:
                    self._publish(group, message)
                except Exception as error:
                    log.warning("publish.unreachable", group=group, error=type(error).__name__)
                    self._client = None
                    self._something.wait(_SPARE_S)
                    self._waiting.clear()
                    break
            time.sleep(_GATHER_S)

    def _gather(self) -> list[tuple[str, dict[str, Any]]]:
        """What waits, with the events of one group put together in their order."""
        gathered: list[tuple[str, dict[str, Any]]] = []
        of_group: dict[str, dict[str, Any]] = {}
        while self._waiting:
            group, message = self._waiting.popleft()
            earlier = of_group.get(group)
            if earlier is not None and message.get("type") == "activity.events":
                earlier["events"] = [*earlier["events"], *message["events"]]
                continue
            message = dict(message)
            gathered.append((group, message))
            if message.get("type") == "activity.events":
                of_group[group] = message
        return gathered

    def _publish(self, group: str, message: dict[str, Any]) -> None:
        if self._client is None:
            self._client = redis.Redis.from_url(
                self._address, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S
            )
        self._client.publish(f"{self._prefix}__group__{group}", self._layer.serialize(message))
