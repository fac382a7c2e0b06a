"""The cache in Redis, when Redis is not there."""

import time

import pytest
from django.conf import settings

from missioncontrol.caches import ForgivingClient, ForgivingRedisCache
from tests.ports import silent_port


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch) -> ForgivingRedisCache:
    """A cache on a port where nobody listens."""
    monkeypatch.setattr(ForgivingClient, "down_until", 0.0)
    return ForgivingRedisCache(f"redis://127.0.0.1:{silent_port()}/0", {})


def test_it_is_as_empty_as_a_new_one(cache: ForgivingRedisCache) -> None:
    cache.set("a", 1)
    assert cache.get("a") is None
    assert cache.get("a", "nothing") == "nothing"
    assert cache.get_many(["a", "b"]) == {}
    assert "a" not in cache
    assert not cache.add("a", 1)
    assert not cache.delete("a")
    assert not cache.touch("a")
    cache.set_many({"a": 1})
    cache.delete_many(["a"])
    cache.clear()
    with pytest.raises(ValueError, match="not found"):
        cache.incr("a")


def test_after_a_failure_nobody_waits_for_a_moment(
    cache: ForgivingRedisCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    client = cache._cache

    def refuse(*arguments: object, **options: object) -> None:
        asked.append(arguments)
        raise ConnectionError

    monkeypatch.setattr(client, "get_client", refuse)
    for _ in range(5):
        cache.get("a")
    assert len(asked) == 1
    monkeypatch.setattr(ForgivingClient, "down_until", time.monotonic() - 1)
    cache.get("a")
    assert len(asked) == 2


@pytest.mark.skipif(not settings.REDIS_URL, reason="needs REDIS_URL")
def test_clearing_it_leaves_the_neighbours_alone() -> None:
    ours = ForgivingRedisCache(settings.REDIS_URL, {"KEY_PREFIX": "clear-ours"})
    theirs = ForgivingRedisCache(settings.REDIS_URL, {"KEY_PREFIX": "clear-theirs"})
    ours.set("a", 1)
    theirs.set("a", 2)
    ours.clear()
    assert ours.get("a") is None
    assert theirs.get("a") == 2
    theirs.clear()
