"""One asyncio loop on a thread of its own, for synchronous code that must wait on the network.

Django's ORM is synchronous and so are our jobs; model calls, and messages to the channel
layer, are asynchronous and must be cancellable. They meet here.
"""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None


def submit(coroutine: Coroutine[Any, Any, T]) -> "Future[T]":
    """Run `coroutine` on the background loop; cancelling the future cancels it there."""
    return asyncio.run_coroutine_threadsafe(coroutine, loop())


def loop() -> asyncio.AbstractEventLoop:
    """The background loop of this process, started when first asked for."""
    global _loop
    with _lock:
        if _loop is None or _loop.is_closed():
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="background-loop", daemon=True).start()
        return _loop
