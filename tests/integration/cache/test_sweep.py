"""Deleting a user's entries leaves nothing of that user in Redis, and everything of the others."""

import pytest
from pydantic import TypeAdapter
from redis import Redis

from app import context
from app.cache import Cache, commands

_ADAPTER = TypeAdapter(int)


@pytest.fixture
def cache(redis: Redis) -> Cache:
    context.begin("test")
    return Cache(lambda: redis, clock=lambda: 0.0)


def read(cache: Cache, user: str, name: str) -> int:
    return cache.read(user, name, lambda: _ADAPTER, lambda: 7)


def stored(redis: Redis) -> set[bytes]:
    return set(redis.scan_iter(match="*:v:*"))


def test_all_that_is_stored_for_one_user_goes(cache: Cache, redis: Redis) -> None:
    for number in range(2500):
        redis.set(f"other-{number}", b"x")
    for name in ("user:1", "todos:1:a", "todo:1:b"):
        read(cache, "ann", name)
    read(cache, "anna", "user:1")

    cache.sweep("ann")

    assert stored(redis) == {b"app1:{anna}:v:user:1"}
    assert redis.get("other-0") == b"x"


@pytest.mark.parametrize("user", ["*", "a?n", "[a]nn", "a\\*", "{ann}", "\ud800"])
def test_an_id_is_no_pattern(cache: Cache, redis: Redis, user: str) -> None:
    for someone in ("ann", "axn", user):
        read(cache, someone, "user:1")

    cache.sweep(user)

    assert stored(redis) == {b"app1:{ann}:v:user:1", b"app1:{axn}:v:user:1"}


def test_a_small_cache_is_looked_through_once(cache: Cache, redis: Redis) -> None:
    read(cache, "ann", "user:1")
    redis.config_resetstat()

    cache.sweep("ann")

    assert stored(redis) == set()
    assert redis.info("commandstats")["cmdstat_scan"]["calls"] == 2, "one for the sweep, one for this test"


def test_a_large_cache_is_not_searched_to_its_end(
    cache: Cache, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "SCANNED", 10)
    for number in range(2000):
        redis.set(f"other-{number}", b"x")
    redis.config_resetstat()

    cache.sweep("ann")

    assert 1 <= redis.info("commandstats")["cmdstat_scan"]["calls"] <= commands.SCANS


def test_without_redis_nothing_is_swept() -> None:
    Cache(lambda: None).sweep("ann")
