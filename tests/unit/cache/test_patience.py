"""How much of a request's time the cache may take, by a clock that only Redis moves."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import TypeAdapter

from app import clients, context
from app.cache import Cache
from app.cache.circuit import FIRST_PAUSE
from app.cache.commands import FENCE_TTL_S, INTENT_TTL_S, LEASE_TTL_MS, PATIENCE_S, VALUE_TTL_S
from app.cache.protocol import WAITS_S

_ADAPTER = TypeAdapter(str)


class SlowRedis:
    """Holds nothing, and takes its time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.now = 0.0
        self.commands = 0

    def clock(self) -> float:
        return self.now

    def mget(self, *keys: str) -> list[None]:
        self._wait()
        return [None] * len(keys)

    def eval(self, *_: Any) -> int:
        self._wait()
        return 1

    def _wait(self) -> None:
        self.commands += 1
        self.now += self.seconds


def cache_over(redis: SlowRedis) -> Cache:
    client: Any = redis
    return Cache(lambda: client, clock=redis.clock, sleep=lambda _: None)


def read(cache: Cache) -> str:
    return cache.read("ann", "x", lambda: _ADAPTER, lambda: "loaded")


def test_a_hung_redis_costs_150_ms_at_most() -> None:
    """A request that has nearly used up its patience, and then neither connects nor is answered in time."""
    assert PATIENCE_S + clients._REDIS_CONNECT_TIMEOUT + clients._REDIS_COMMAND_TIMEOUT <= 0.150


def test_a_redis_that_hangs_while_a_reader_waits_for_another_costs_150_ms_at_most() -> None:
    assert sum(WAITS_S) + clients._REDIS_COMMAND_TIMEOUT <= 0.150


def test_the_bounds_that_the_protocol_states() -> None:
    assert VALUE_TTL_S <= 60
    assert 30 <= INTENT_TTL_S <= VALUE_TTL_S


def test_lifetimes_fit_each_other() -> None:
    """A fence outlives its values; a lease those who wait for it, but not by long, as its holder may have died."""
    assert VALUE_TTL_S < FENCE_TTL_S
    assert sum(WAITS_S) < LEASE_TTL_MS / 1000 < 1


@pytest.mark.parametrize("begin", [lambda: context.begin("test"), lambda: None], ids=["a request", "none"])
@pytest.mark.parametrize("act", [lambda cache: read(cache), lambda cache: cache.forget("ann")])
def test_one_answer_beyond_the_patience_ends_the_use_of_redis(
    act: Callable[[Cache], Any], begin: Callable[[], object]
) -> None:
    redis = SlowRedis(PATIENCE_S * 1.1)
    cache = cache_over(redis)
    begin()

    act(cache)
    act(cache)

    assert redis.commands == 1


def test_answers_that_are_slow_together_end_it_too() -> None:
    redis = SlowRedis(PATIENCE_S * 0.4)
    cache = cache_over(redis)
    context.begin("test")

    for _ in range(10):
        cache.forget("ann")

    assert redis.commands == 3


def test_each_request_has_a_patience_of_its_own() -> None:
    redis = SlowRedis(PATIENCE_S * 0.4)
    cache = cache_over(redis)

    for _ in range(10):
        context.begin("test")
        cache.forget("ann")

    assert redis.commands == 10


def test_slowness_is_forgiven_after_the_pause() -> None:
    redis = SlowRedis(PATIENCE_S * 1.1)
    cache = cache_over(redis)
    context.begin("test")
    cache.forget("ann")

    redis.now += FIRST_PAUSE
    context.begin("test")
    cache.forget("ann")

    assert redis.commands == 2


def test_building_the_client_is_not_held_against_redis() -> None:
    redis: Any = SlowRedis(0.001)

    def build() -> Any:
        redis.now += 1.0
        return redis

    cache = Cache(build, clock=redis.clock)
    context.begin("test")
    cache.forget("ann")
    cache.forget("ann")

    assert redis.commands == 2


def test_a_client_that_cannot_be_built_is_a_failure_of_redis() -> None:
    attempts = []

    def build() -> Any:
        attempts.append(1)
        raise ValueError("REDIS_URL")

    cache = Cache(build)

    assert [read(cache), read(cache)] == ["loaded", "loaded"]
    assert len(attempts) == 1
