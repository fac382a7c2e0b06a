"""A cache in Redis that is only a cache: without it things are slower, not broken."""

import re
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

PAUSE = 2.0  # seconds after a failure in which Redis is not asked again


class _Client(RedisCacheClient):
    def forget(self, prefix: str) -> bool:
        """Delete every key that begins with *prefix*."""
        client = self.get_client(None, write=True)
        pattern = f"{re.escape(prefix)}*"
        for key in client.scan_iter(match=pattern, count=1000):
            client.delete(key)
        return True


def _or(otherwise: Callable[..., Any], name: str) -> Any:
    """The client's method *name*, answering *otherwise* of its arguments while Redis is down."""
    ask = getattr(_Client, name)

    @wraps(ask)
    def forgiving(self: RedisCacheClient, *arguments: Any) -> Any:
        if time.monotonic() < ForgivingClient.down_until:
            return otherwise(*arguments)
        try:
            return ask(self, *arguments)
        except (RedisError, OSError) as error:
            ForgivingClient.down_until = time.monotonic() + PAUSE
            log.warning("cache.unreachable", error=type(error).__name__)
            return otherwise(*arguments)

    return forgiving


def _no(*arguments: Any) -> bool:
    return False


def _nothing(*arguments: Any) -> None:
    return None


def _default(key: str, default: Any) -> Any:
    return default


def _empty(keys: Any) -> dict[str, Any]:
    return {}


def _no_such_key(key: str, delta: int) -> int:
    raise ValueError(f"Key {key!r} not found.")  # as Django says it of a key that is not there


class ForgivingClient(_Client):
    """Answers as an empty cache while Redis is down.

    A request asks its cache several times: after a failure nobody asks for a moment, so that
    a server which hangs costs one time-out and not one for each question.
    """

    # Of the class: Django makes a client for every thread.
    down_until = 0.0

    add = _or(_no, "add")
    get = _or(_default, "get")
    set = _or(_nothing, "set")
    touch = _or(_no, "touch")
    delete = _or(_no, "delete")
    get_many = _or(_empty, "get_many")
    has_key = _or(_no, "has_key")
    incr = _or(_no_such_key, "incr")
    set_many = _or(_nothing, "set_many")
    delete_many = _or(_nothing, "delete_many")
    forget = _or(_no, "forget")


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache, without its failures."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ForgivingClient

    def clear(self) -> None:
        """Forget what this cache keeps.

        Django's would empty the whole database of Redis, where the queues lie as well, and
        perhaps another installation.
        """
        client: Any = self._cache
        client.forget(f"{self.key_prefix}:")
