"""How long Redis may keep a request waiting, by a clock that only Redis moves."""

from typing import Any

import pytest
from pydantic import TypeAdapter
from redis.exceptions import TimeoutError as RedisTimeoutError

from app import deadline
from app.cache import Cache, connection
from app.cache.circuit import FAILURES, FIRST_PAUSE
from app.cache.commands import FENCE_TTL_S, INTENT_TTL_S, LEASE_TTL_MS
from app.cache.protocol import ACCOUNT_TTL_S, VALUE_TTL_S, WAITS_S
from app.errors import DeadlineExceeded

_ADAPTER = TypeAdapter(str)


class HungRedis:
    """Answers nothing: each command takes its time-out."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.commands = 0

    def clock(self) -> float:
        return self.now

    def mget(self, *_: str) -> None:
        self._time_out()

    def eval(self, *_: Any) -> None:
        self._time_out()

    def _time_out(self) -> None:
        self.commands += 1
        self.now += connection.COMMAND_TIMEOUT
        raise RedisTimeoutError

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def cache_over(redis: HungRedis) -> Cache:
    client: Any = redis
    return Cache(lambda: client, clock=redis.clock, sleep=redis.sleep)


def read(cache: Cache, user: str = "ann") -> str:
    return cache.read(user, "x", lambda: _ADAPTER, lambda: "loaded")


def write(cache: Cache) -> None:
    with cache.write("ann"):
        pass


def test_a_request_that_reads_twice_waits_150_ms_at_most_for_a_hung_redis() -> None:
    """The account, then what is asked for. A connection to a hung server is made at once or not in 30 ms."""
    redis = HungRedis()
    cache = cache_over(redis)

    read(cache)
    read(cache)

    assert redis.now - 1000.0 == pytest.approx(0.120)
    assert connection.CONNECT_TIMEOUT < connection.COMMAND_TIMEOUT


def test_a_request_that_writes_waits_200_ms_at_most_for_a_hung_redis() -> None:
    redis = HungRedis()
    cache = cache_over(redis)

    read(cache, "bob")
    write(cache)

    assert redis.now - 1000.0 == pytest.approx(0.180)


def test_a_redis_that_hangs_while_a_reader_waits_for_another_costs_150_ms_at_most() -> None:
    assert sum(WAITS_S) + connection.COMMAND_TIMEOUT <= 0.150


def test_the_bounds_that_the_protocol_states() -> None:
    assert VALUE_TTL_S <= 60
    assert ACCOUNT_TTL_S == 10
    assert 30 <= INTENT_TTL_S <= VALUE_TTL_S


def test_lifetimes_fit_each_other() -> None:
    """A fence outlives its values; a lease those who wait for it, but not by long, as its holder may have died."""
    assert VALUE_TTL_S < FENCE_TTL_S
    assert sum(WAITS_S) < LEASE_TTL_MS / 1000 < 1


def test_readers_leave_a_hung_redis_alone_after_a_few_failures() -> None:
    redis = HungRedis()
    cache = cache_over(redis)

    for _ in range(10):
        read(cache)

    assert redis.commands == FAILURES


def test_writers_try_both_their_commands_however_often_redis_has_failed() -> None:
    """A writer that skips the fence leaves others, for whom Redis works, with what is outdated."""
    redis = HungRedis()
    cache = cache_over(redis)

    for _ in range(10):
        write(cache)

    assert redis.commands == 20


def test_a_reader_tries_again_after_the_pause() -> None:
    redis = HungRedis()
    cache = cache_over(redis)
    for _ in range(FAILURES):
        read(cache)

    redis.now += FIRST_PAUSE
    read(cache)
    read(cache)

    assert redis.commands == FAILURES + 1


def test_what_must_be_visible_everywhere_waits_until_every_account_read_before_has_expired() -> None:
    redis = HungRedis()
    cache = cache_over(redis)
    write(cache)
    written = redis.now
    redis.now += 3.0

    cache.wait_until_visible("ann")

    assert redis.now == pytest.approx(written + ACCOUNT_TTL_S)


def test_a_later_write_that_redis_has_confirmed_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has removed the fence of all that was cached before."""
    redis = HungRedis()
    cache = cache_over(redis)
    write(cache)
    for command in ("announce", "settle"):
        monkeypatch.setattr(cache._commands, command, lambda *_: True)
    write(cache)
    before = redis.now

    cache.wait_until_visible("ann")

    assert redis.now == before


def test_success_is_not_reported_where_the_request_has_no_time_left_to_wait() -> None:
    redis = HungRedis()
    cache = cache_over(redis)
    write(cache)
    before = redis.now

    with deadline.within(ACCOUNT_TTL_S - 1), pytest.raises(DeadlineExceeded):
        cache.wait_until_visible("ann")

    assert redis.now == before


def test_nothing_is_waited_for_after_confirmed_writes_and_those_of_others() -> None:
    redis = HungRedis()
    cache = cache_over(redis)
    write(cache)
    before = redis.now

    cache.wait_until_visible("bob")

    assert redis.now == before


@pytest.mark.parametrize("failing", ["announce", "settle"])
def test_either_command_that_is_not_confirmed_makes_it_wait(
    failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis = HungRedis()
    cache = cache_over(redis)
    for command in ("announce", "settle"):
        monkeypatch.setattr(cache._commands, command, lambda *_, ok=command != failing: ok)
    write(cache)
    written = redis.now

    cache.wait_until_visible("ann")

    assert redis.now == pytest.approx(written + ACCOUNT_TTL_S)


def test_a_client_that_cannot_be_built_is_a_failure_of_redis() -> None:
    attempts = []

    def build() -> Any:
        attempts.append(1)
        raise ValueError("REDIS_URL")

    cache = Cache(build)

    assert [read(cache) for _ in range(5)] == ["loaded"] * 5
    assert len(attempts) == FAILURES
