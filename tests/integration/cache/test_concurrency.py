"""Threads of several instances on one Valkey."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier, Event, Lock
from typing import Any

import pytest
from pydantic import TypeAdapter
from redis import Redis

from app import context
from app.cache import Cache, commands
from app.cache.circuit import FAILURES
from app.cache.commands import FENCE_TTL_S, INTENT_TTL_S
from app.cache.entries import Keys, encode
from app.cache.protocol import VALUE_TTL_S, WAITS_S

_ADAPTER = TypeAdapter(int)
KEYS = Keys("ann", "x")


def cache_over(redis: Redis, sleep: Callable[[float], None] = time.sleep) -> Cache:
    return Cache(lambda: redis, clock=lambda: 0.0, sleep=sleep)


def read(cache: Cache, load: Callable[[], Any], user: str = "ann") -> tuple[Any, str | None]:
    request = context.begin("test")
    return cache.read(user, "x", lambda: _ADAPTER, load), request.cache


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as executor:
        yield executor


@pytest.fixture
def long_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """None ends by itself, also on a machine that stands still for a while."""
    monkeypatch.setattr(commands, "LEASE_TTL_MS", 60_000)


@pytest.mark.usefixtures("long_leases")
def test_many_misses_on_one_key_load_once(redis: Redis, pool: ThreadPoolExecutor) -> None:
    loads, together = count(1), Barrier(16)

    def until_released(_seconds: float) -> None:
        deadline = time.monotonic() + 60
        while redis.exists(KEYS.lease) and time.monotonic() < deadline:
            time.sleep(0.002)

    def load() -> int:
        """Returns once the others have had their chance to miss."""
        number = next(loads)
        time.sleep(0.02)
        return number

    def one(_number: int) -> tuple[int, str | None]:
        cache = cache_over(redis, until_released)
        together.wait()
        return read(cache, load)

    results = list(pool.map(one, range(16)))

    assert {value for value, _ in results} == {1}
    assert sorted(outcome or "" for _, outcome in results) == ["hit"] * 15 + ["miss"]


def test_a_reader_that_waits_in_vain_loads_for_itself(redis: Redis) -> None:
    """The holder of the lease has crashed."""
    redis.set(KEYS.lease, "1", px=600_000)
    waits: list[float] = []
    cache = cache_over(redis, waits.append)

    assert read(cache, lambda: 7) == (7, "miss")
    assert waits == list(WAITS_S)
    assert redis.exists(KEYS.lease), "it is not ours to give back"
    assert read(cache, lambda: 8) == (7, "hit")


def test_a_load_that_fails_or_finds_nothing_keeps_no_reader_waiting(redis: Redis) -> None:
    waits: list[float] = []
    cache = cache_over(redis, waits.append)

    with pytest.raises(KeyError):
        read(cache, lambda: {}["missing"])
    assert read(cache, lambda: None) == (None, "miss")
    assert not redis.exists(KEYS.entry)
    assert read(cache, lambda: 7) == (7, "miss")

    assert waits == []


def test_a_waiting_reader_takes_what_is_stored_though_the_lease_is_still_held(redis: Redis) -> None:
    read(cache_over(redis), lambda: 7)
    stored = redis.getdel(KEYS.entry)
    redis.set(KEYS.lease, "1", px=600_000)
    waits: list[float] = []

    def another_stores(seconds: float) -> None:
        waits.append(seconds)
        redis.set(KEYS.entry, stored)

    assert read(cache_over(redis, another_stores), lambda: 8) == (7, "hit")
    assert len(waits) == 1


def test_a_waiting_reader_goes_on_when_the_holder_gives_up(redis: Redis) -> None:
    redis.set(KEYS.lease, "1", px=600_000)
    waits: list[float] = []

    def holder_gives_up(seconds: float) -> None:
        waits.append(seconds)
        redis.delete(KEYS.lease)

    assert read(cache_over(redis, holder_gives_up), lambda: 7) == (7, "miss")
    assert len(waits) == 1


def test_a_waiting_reader_goes_on_when_a_write_begins(redis: Redis) -> None:
    redis.set(KEYS.lease, "1", px=600_000)
    writing = cache_over(redis).write("ann")
    waits: list[float] = []

    def write_begins(seconds: float) -> None:
        waits.append(seconds)
        writing.__enter__()

    assert read(cache_over(redis, write_begins), lambda: 7) == (7, "miss")
    assert len(waits) == 1
    writing.__exit__(None, None, None)


def test_a_waiting_reader_goes_on_when_redis_fails(redis: Redis) -> None:
    redis.set(KEYS.lease, "1", px=600_000)
    waits: list[float] = []

    def redis_fails(seconds: float) -> None:
        waits.append(seconds)
        for permit in range(FAILURES):
            cache._commands._circuit.failed(permit, "test")

    cache = cache_over(redis, redis_fails)

    assert read(cache, lambda: 7) == (7, "miss")
    assert len(waits) == 1


def commands_of(redis: Redis, act: Callable[[], Any]) -> list[str]:
    with redis.monitor() as monitor:
        act()
        redis.ping()
        names: list[str] = []
        while "PING" not in names:
            names.append(monitor.next_command()["command"].split()[0])
    return [name for name in names if name not in ("CLIENT", "PING")]


def test_a_hit_costs_one_command(redis: Redis) -> None:
    cache = cache_over(redis)

    assert commands_of(redis, lambda: read(cache, lambda: 7)) == [
        *("MGET", "TIME", "SET", "SET", "MGET"),
        *("SET", "DEL"),
    ]
    assert commands_of(redis, lambda: read(cache, lambda: 8)) == ["MGET"]


def test_during_a_write_a_read_asks_once_and_stores_nothing(redis: Redis) -> None:
    cache = cache_over(redis)
    read(cache, lambda: 7)

    with cache.write("ann"):
        assert commands_of(redis, lambda: read(cache, lambda: 8)) == ["MGET"]
        assert read(cache, lambda: 9) == (9, "bypass")


@pytest.mark.parametrize("junk", [b"", b"junk", b"w", b"not w:", b"W:" + b"0" * 30, b"0" * 33, None])
def test_a_foreign_fence_is_removed_and_the_cache_works_again(redis: Redis, junk: bytes | None) -> None:
    cache = cache_over(redis)
    if junk is None:
        redis.rpush(KEYS.fence, "of another type")
    else:
        redis.set(KEYS.fence, junk)

    outcomes = [read(cache, lambda: 7) for _ in range(3)]

    assert outcomes == [(7, "bypass"), (7, "miss"), (7, "hit")]


def test_a_value_under_a_foreign_fence_is_not_served(redis: Redis) -> None:
    """The writer of that fence may write it twice."""
    entry = encode(KEYS.entry, b"junk", lambda: _ADAPTER, 7)
    assert entry is not None
    redis.mset({KEYS.fence: b"junk", KEYS.entry: entry})

    assert read(cache_over(redis), lambda: 8) == (8, "bypass")


def test_a_write_that_raises_leaves_a_cache_that_works(redis: Redis) -> None:
    cache = cache_over(redis)
    read(cache, lambda: 7)

    with pytest.raises(TimeoutError), cache.write("ann"):
        raise TimeoutError

    assert [read(cache, lambda: 8), read(cache, lambda: 9)] == [(8, "miss"), (8, "hit")]


def claiming_late(cache: Cache, meanwhile: Callable[[], object]) -> Cache:
    """With something between its look and its claim."""
    claim = cache._commands.claim

    def claim_late(keys: Keys, **options: bool) -> Any:
        meanwhile()
        return claim(keys, **options)

    cache._commands.claim = claim_late
    return cache


@pytest.mark.usefixtures("long_leases")
@pytest.mark.parametrize("held", [False, True])
def test_a_reader_that_claims_too_late_takes_what_is_there(redis: Redis, held: bool) -> None:
    """And gives the lease back, unless it is another's."""
    other = cache_over(redis)

    def store() -> None:
        other.read("ann", "x", lambda: _ADAPTER, lambda: 7)
        if held:
            redis.set(KEYS.lease, "1", px=600_000)

    assert read(claiming_late(cache_over(redis), store), lambda: 8) == (7, "hit")
    assert bool(redis.exists(KEYS.lease)) is held


@pytest.mark.usefixtures("long_leases")
@pytest.mark.parametrize("held", [False, True])
def test_a_reader_that_claims_after_a_write_has_begun_loads_for_itself(redis: Redis, held: bool) -> None:
    """And gives the lease back, unless it is another's."""
    writing = cache_over(redis).write("ann")

    def begin_to_write() -> None:
        writing.__enter__()
        if held:
            redis.set(KEYS.lease, "1", px=600_000)

    assert read(claiming_late(cache_over(redis), begin_to_write), lambda: 7) == (7, "bypass")
    assert bool(redis.exists(KEYS.lease)) is held
    writing.__exit__(None, None, None)


@pytest.mark.usefixtures("long_leases")
def test_all_that_is_kept_expires_in_its_time(redis: Redis) -> None:
    """Give or take a while, for a machine that stands still."""
    cache, lifetimes = cache_over(redis), dict[str, int]()

    def note(*keys: str) -> int:
        lifetimes.update({key: redis.pttl(key) for key in keys})
        return 7

    read(cache, lambda: note(KEYS.fence, KEYS.lease))
    note(KEYS.entry)
    with cache.write("ann"):
        lifetimes["intent"] = redis.pttl(KEYS.fence)

    assert FENCE_TTL_S * 100 < lifetimes[KEYS.fence] <= FENCE_TTL_S * 1000
    assert 6_000 < lifetimes[KEYS.lease] <= 60_000
    assert VALUE_TTL_S * 100 < lifetimes[KEYS.entry] <= VALUE_TTL_S * 1000
    assert INTENT_TTL_S * 100 < lifetimes["intent"] <= INTENT_TTL_S * 1000
    assert redis.keys("*fence") == []


def test_a_value_expires_a_lifetime_after_its_claim_by_the_clock_of_redis(redis: Redis) -> None:
    """Not after its storing: a reader may stand still in between, and hold what a write has outdated meanwhile."""
    cache, loaded = cache_over(redis), Event()

    def load_slowly() -> int:
        deadline = redis.time()[0] + 2
        while redis.time()[0] < deadline:
            loaded.wait(0.05)
        return 7

    assert cache.read("ann", "x", lambda: _ADAPTER, load_slowly, ttl_s=1) == 7
    assert not redis.exists(KEYS.entry), "it had expired before it was stored"

    assert cache.read("ann", "x", lambda: _ADAPTER, load_slowly, ttl_s=60) == 7
    assert redis.pttl(KEYS.entry) <= 59_000


def test_writers_and_readers_at_full_speed_never_read_what_is_outdated(
    redis: Redis, pool: ThreadPoolExecutor
) -> None:
    """Each thread is an instance of its own; the database is a counter that only grows."""
    lock, users, written = Lock(), ("ann", "bob"), Event()
    stored, acknowledged = dict.fromkeys(users, 0), dict.fromkeys(users, 0)

    def write(turn: int) -> None:
        cache = cache_over(redis)
        for _ in range(40):
            user = users[turn % 2]
            with cache.write(user), lock:
                stored[user] += 1
                mine = stored[user]
            with lock:
                acknowledged[user] = max(acknowledged[user], mine)

    def look(_turn: int) -> list[str | None]:
        cache, outcomes = cache_over(redis), []
        more = 50  # after the last write, some find nothing stored, and the next ones find it
        for turn in count():
            user = users[turn % 2]
            due, more = acknowledged[user], more - written.is_set()
            found, outcome = read(cache, lambda user=user: stored[user], user)
            assert found >= due
            outcomes.append(outcome)
            if more == 0:
                break
        return outcomes

    writers = [pool.submit(write, turn) for turn in range(4)]
    readers = [pool.submit(look, turn) for turn in range(6)]
    try:
        for writer in writers:
            writer.result()
    finally:
        written.set()
    outcomes = {outcome for reader in readers for outcome in reader.result()}

    assert {"hit", "miss"} <= outcomes
    assert [read(cache_over(redis), lambda user=user: stored[user], user)[0] for user in users] == [80, 80]
