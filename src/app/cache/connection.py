"""Connections to Redis on which a command takes no longer than its time-out, however slowly the answer comes.

redis-py's `socket_timeout` holds for each read of the socket, so an answer in many small pieces has no limit.

The plain client serves ElastiCache Serverless, too: it is in cluster mode, but shows all slots as one node's at one
endpoint, and never redirects. No command of the cache touches the keys of two users, so none spans two slots.
Clusters that do redirect (MOVED) are not supported: the cache would be bypassed for the slots of the other nodes.
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/RedisConfiguration.html

Imported only where there is a Redis: redis-py is a sixth of a cold start.
"""

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar

from redis import Connection, Redis, SSLConnection
from redis.backoff import NoBackoff
from redis.retry import Retry

T = TypeVar("T")

_JUST_SENT = 0.9
"""As long as so much of the time is left, a read may take all of it."""


class DeadlineSocket:
    """A socket on which an answer is complete within `seconds` of the command, or a read raises `TimeoutError`.

    Time in which this process waits for a CPU or for the GIL does not count against Redis: the time starts when the
    command has left, and a read that finds its time over looks into the buffer once more without blocking. An answer
    that has arrived is taken; only an empty buffer is a time-out.
    """

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock = sock
        self._seconds = seconds
        self._non_blocking = False
        self._deadline = 0.0
        self._timeout: float | None = None

    def sendall(self, data: bytes) -> None:
        self._wait_for(self._seconds)
        self._sock.sendall(data)
        self._deadline = time.monotonic() + self._seconds

    def recv(self, size: int, flags: int = 0) -> bytes:
        """redis-py looks with this whether the server has closed the connection; it reads without hiredis."""
        if flags:
            return self._sock.recv(size, flags)
        return self._receive(lambda: self._sock.recv(size))

    def recv_into(self, buffer: Any, *args: int) -> int:
        """redis-py reads with this where hiredis is installed."""
        return self._receive(lambda: self._sock.recv_into(buffer, *args))

    def settimeout(self, seconds: float | None) -> None:
        """Zero to see whether anything is there; any other value is ours to choose."""
        self._non_blocking = seconds == 0
        self._wait_for(seconds)

    def _wait_for(self, seconds: float | None) -> None:
        """Each change is a call of the system, even to the value that it has."""
        if seconds != self._timeout:
            self._sock.settimeout(seconds)
            self._timeout = seconds

    def _receive(self, read: Callable[[], T]) -> T:
        if self._non_blocking:
            return read()
        left = self._deadline - time.monotonic()
        if left > 0:
            self._wait_for(self._seconds if left > _JUST_SENT * self._seconds else left)
            with suppress(TimeoutError):
                return read()
        self._wait_for(0)
        try:
            return read()
        except (BlockingIOError, ssl.SSLWantReadError):
            raise TimeoutError from None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class _Bounded:
    socket_timeout: Any

    def _connect(self) -> DeadlineSocket:
        return DeadlineSocket(super()._connect(), self.socket_timeout)  # type: ignore[misc]


class BoundedConnection(_Bounded, Connection):
    pass


class BoundedSSLConnection(_Bounded, SSLConnection):
    """TLS that always checks certificate and host name; of the URL's `ssl_...` options only `ssl_ca_certs` counts."""

    def _wrap_socket_with_ssl(self, sock: socket.socket) -> ssl.SSLSocket:
        return _tls(self.ca_certs).wrap_socket(sock, server_hostname=self.host)


@cache
def _tls(ca_file: str | None) -> ssl.SSLContext:
    """Made once: redis-py makes one for each connection, and reading the system's authorities takes 60 ms."""
    return ssl.create_default_context(cafile=ca_file)


class PlainRedis(Redis):
    """Runs a command once, as this client is made to, without redis-py's retries and metrics: they are a third of
    what a command costs. A connection that fails disconnects itself."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        pool: Any = self.connection_pool
        connection = pool.get_connection()
        try:
            connection.send_command(*args, **options)
            return self.parse_response(connection, args[0], **options)  # type: ignore[no-untyped-call]
        finally:
            pool.release(connection)


CONNECT_TIMEOUT = 0.03
COMMAND_TIMEOUT = 0.06
"""Seconds, once: a slow cache must never cost more than it saves. redis-py's default is 58 s."""


def connect(url: str, *, connect_timeout: float | None = None, command_timeout: float | None = None) -> Redis:
    """A client that tries once. Time-outs in seconds, by default those above; the second one also holds for a TLS
    handshake."""
    client = PlainRedis.from_url(
        url,
        socket_connect_timeout=connect_timeout or CONNECT_TIMEOUT,
        socket_timeout=command_timeout or COMMAND_TIMEOUT,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        driver_info=None,  # CLIENT SETINFO costs each new connection two more round trips
    )
    pool = client.connection_pool
    if issubclass(pool.connection_class, SSLConnection):
        pool.connection_class = BoundedSSLConnection
        _tls(pool.connection_kwargs.get("ssl_ca_certs"))
    else:
        pool.connection_class = BoundedConnection
    return client
