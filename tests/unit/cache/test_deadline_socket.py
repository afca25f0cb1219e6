"""The deadline counts Redis's time, not the time in which this process waits for a CPU or the GIL."""

import socket
import struct
import time
from collections.abc import Iterator
from threading import Thread

import pytest

from app.cache.connection import DeadlineSocket

SECONDS = 0.05


@pytest.fixture
def ends() -> Iterator[tuple[DeadlineSocket, socket.socket]]:
    """Ours, and Redis's."""
    ours, redis = socket.socketpair()
    with ours, redis:
        yield DeadlineSocket(ours, SECONDS), redis


def test_a_connection_is_idle_until_it_is_sent_to_closed_or_reset() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        for harm, is_idle in ((None, True), ("sent", False), ("closed", False), ("reset", False)):
            with socket.create_connection(server.getsockname()) as ours:
                redis, _ = server.accept()
                if harm == "sent":
                    redis.sendall(b"+PONG\r\n")
                if harm == "reset":
                    redis.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                if harm in ("closed", "reset"):
                    redis.close()

                assert DeadlineSocket(ours, SECONDS).is_idle() is is_idle, harm
                redis.close()


def read(ours: DeadlineSocket) -> bytes:
    buffer = bytearray(100)
    return bytes(buffer[: ours.recv_into(buffer)])


def stand_still() -> None:
    """As a process does that is stopped, or waits for the GIL behind many threads."""
    time.sleep(2 * SECONDS)


def test_an_answer_that_has_arrived_is_taken_however_late_it_is_looked_for(ends) -> None:
    ours, redis = ends
    ours.sendall(b"PING")
    redis.sendall(b"+PONG\r\n")

    stand_still()

    assert read(ours) == b"+PONG\r\n"


def test_at_the_deadline_an_empty_buffer_is_a_time_out_at_once(ends) -> None:
    ours, redis = ends
    ours.sendall(b"MGET")
    redis.sendall(b"part of")
    stand_still()
    assert read(ours) == b"part of"

    before = time.monotonic()
    with pytest.raises(TimeoutError):
        read(ours)

    assert time.monotonic() - before < 10
    assert redis.recv(100) == b"MGET"


def test_without_an_answer_a_read_waits_until_the_deadline(ends) -> None:
    ours, _redis = ends
    ours.sendall(b"PING")
    before = time.monotonic()

    with pytest.raises(TimeoutError):
        read(ours)

    assert time.monotonic() - before > SECONDS / 2


def test_the_time_starts_when_the_command_has_left(ends, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread may get the GIL back long after it wanted to send."""
    ours, redis = ends
    ours.sendall(b"first half ")
    stand_still()
    ours.sendall(b"second half")

    redis.sendall(b"+OK\r\n")

    assert ours._deadline > time.monotonic() - SECONDS
    assert read(ours) == b"+OK\r\n"


def test_a_command_that_redis_does_not_take_in_is_a_time_out(ends) -> None:
    ours, _redis = ends

    with pytest.raises(TimeoutError):
        ours.sendall(b"x" * 50_000_000)


def test_a_command_that_redis_takes_in_slowly_arrives_whole(ends) -> None:
    ours, redis = ends
    sent = b"x" * 5_000_000
    arrived = bytearray()

    def take_in() -> None:
        while len(arrived) < len(sent):
            arrived.extend(redis.recv(100_000))

    taking = Thread(target=take_in)
    taking.start()
    DeadlineSocket(ours._sock, 30).sendall(sent)
    taking.join()

    assert arrived == sent


def test_a_connection_is_idle_until_something_comes(ends) -> None:
    ours, redis = ends
    assert ours.is_idle()

    redis.sendall(b"+OK\r\n")

    assert not ours.is_idle()


def test_a_connection_that_the_server_closed_is_not_idle(ends) -> None:
    ours, redis = ends

    redis.close()

    assert not ours.is_idle()
