"""The one way to tell open sockets that something happened.

What is published is a hint; whoever misses it asks for everything after the last number
it has seen.
"""

import asyncio
from concurrent.futures import Future
from typing import Any

import structlog
from channels.layers import get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer

from core import background
from core.redis_publishing import Sender

log = structlog.get_logger(__name__)

# A channel layer that hangs must not let messages pile up in memory; what is left out is
# found by whoever asks for everything after the last number it has seen.
MOST_UNDER_WAY = 1_000
PATIENCE_S = 5.0

_sockets_loop: asyncio.AbstractEventLoop | None = None
_under_way: set[Future[None]] = set()


def set_loop(loop: asyncio.AbstractEventLoop | None) -> None:
    """Name the loop that serves the sockets, when they live in this very process.

    The in-memory channel layer belongs to one loop; every other thread must hand its
    messages over to it.
    """
    global _sockets_loop
    _sockets_loop = loop


def publish(group: str, message: dict[str, Any]) -> None:
    """Send `message` (with a `type` that a consumer handles) to everyone in `group`.

    Returns at once and never raises: a channel layer that is down must neither undo nor
    delay a committed change.
    """
    layer = get_channel_layer()
    if isinstance(layer, RedisPubSubChannelLayer):
        _sender_of(layer).send(group, message)
        return
    if len(_under_way) >= MOST_UNDER_WAY:
        log.warning("publish.left_out", group=group)
        return
    loop = _sockets_loop if _sockets_loop and _sockets_loop.is_running() else background.loop()
    sending = asyncio.run_coroutine_threadsafe(_send(group, message), loop)
    _under_way.add(sending)
    sending.add_done_callback(_under_way.discard)


def _sender_of(layer: RedisPubSubChannelLayer) -> Sender:
    sender: Sender | None = layer.__dict__.get("_sender")
    if sender is None:
        sender = layer._sender = Sender(layer, most=MOST_UNDER_WAY)
    return sender


async def _send(group: str, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        async with asyncio.timeout(PATIENCE_S):
            await layer.group_send(group, message)
    except Exception as error:
        log.warning("publish.unreachable", group=group, error=type(error).__name__)
