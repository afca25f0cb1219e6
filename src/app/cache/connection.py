"""Connections to Redis on which a command takes no longer than its time-out, however slowly the answer comes.

redis-py's `socket_timeout` holds for each read of the socket, so an answer in many small pieces has no limit.

The plain client serves ElastiCache Serverless, too: it is in cluster mode, but shows all slots as one node's at one
endpoint, and never redirects. No command of the cache touches the keys of two users, so none spans two slots.
Clusters that do redirect (MOVED) are not supported: the cache would be bypassed for the slots of the other nodes.
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/RedisConfiguration.html

Imported only where there is a Redis: redis-py is a sixth of a cold start.
"""

import select
import socket
import ssl
import time
from contextlib import suppress
from functools import cache
from typing import Any, cast

from redis import Connection, ConnectionPool, Redis, SSLConnection
from redis.backoff import NoBackoff
from redis.retry import Retry


class DeadlineSocket:
    """A socket on which an answer is complete within `seconds` of the command, or a read raises `TimeoutError`.

    Time in which this process waits for a CPU or for the GIL does not count against Redis: the time starts when the
    command has left, and a read that finds its time over looks into the buffer once more. An answer that has arrived
    is taken; only an empty buffer is a time-out.

    The socket itself never blocks. One with a time-out of Python's is asked whether it is ready before each call,
    and each call of the system gives the GIL away to the other threads of a busy server.
    """

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock = sock
        self._seconds = seconds
        self._deadline = 0.0
        self._waits = True
        sock.setblocking(False)

    def never_wait(self) -> None:
        """Have reads raise `TimeoutError` instead of waiting from now on: an event loop knows when to read."""
        self._waits = False

    def sendall(self, data: bytes) -> None:
        self._deadline = time.monotonic() + self._seconds
        left = memoryview(data)
        while left:
            try:
                left = left[self._sock.send(left) :]
            except _WAITS:
                self._wait(select.POLLOUT)
        self._deadline = time.monotonic() + self._seconds

    def send_some(self, data: memoryview) -> memoryview:
        """Send what the system takes without waiting, and return the rest."""
        with suppress(*_WAITS):
            while data:
                data = data[self._sock.send(data) :]
        return data

    def recv_into(self, buffer: bytearray) -> int:
        """redis-py reads with this, for hiredis."""
        while True:
            if self._waits and not self._decrypted():
                self._wait(select.POLLIN)
            with suppress(*_WAITS):  # of TLS: half a record, or one that is not data
                return self._sock.recv_into(buffer)
            if not self._waits:
                raise TimeoutError

    def is_idle(self) -> bool:
        """Whether the server has neither closed or reset the connection nor sent what was not asked for. What is read
        here is lost, so a connection that is not idle is of no more use."""
        try:
            self._sock.recv(1)
        except _WAITS:
            return True
        except OSError:
            return False
        return False

    def _decrypted(self) -> bool:
        return isinstance(self._sock, ssl.SSLSocket) and self._sock.pending() > 0

    def _wait(self, event: int) -> None:
        poll = select.poll()
        poll.register(self._sock, event)
        if not poll.poll(max(0, self._deadline - time.monotonic()) * 1000):
            raise TimeoutError

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


_WAITS = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class _Bounded:
    socket_timeout: Any
    _sock: Any

    def _connect(self) -> DeadlineSocket:
        return DeadlineSocket(super()._connect(), self.socket_timeout)  # type: ignore[misc]

    def can_read(self, timeout: float = 0) -> bool:
        """redis-py's pool asks this of a connection before it gives it out, and replaces one that can be read.

        Its own answer takes the session tickets that a TLS 1.3 server sends after the handshake for data."""
        return self._sock is not None and not self._sock.is_idle()

    def never_wait(self) -> int:
        """Have reads raise `TimeoutError` instead of waiting from now on, and return the file descriptor to watch."""
        self._sock.never_wait()
        return int(self._sock.fileno())

    def send_some(self, data: memoryview) -> memoryview:
        """Send what the system takes without waiting, and return the rest."""
        return cast(memoryview, self._sock.send_some(data))


class BoundedConnection(_Bounded, Connection):
    _parser: Any

    def may_have_unread(self) -> bool:
        """Whether more may have been received than the answers that were read, which the socket does not show."""
        return bool(self._parser._reader.has_data())  # noqa: SLF001 - hiredis's


class BoundedSSLConnection(_Bounded, SSLConnection):
    """TLS that always checks certificate and host name; of the URL's `ssl_...` options only `ssl_ca_certs` counts."""

    def may_have_unread(self) -> bool:
        """The next record may have been received, too."""
        return True

    def _wrap_socket_with_ssl(self, sock: socket.socket) -> ssl.SSLSocket:
        return _tls(self.ca_certs).wrap_socket(sock, server_hostname=self.host)


@cache
def _tls(ca_file: str | None) -> ssl.SSLContext:
    """Made once: redis-py makes one for each connection, and reading the system's authorities takes 60 ms."""
    return ssl.create_default_context(cafile=ca_file)


class PlainPool(ConnectionPool):
    """Gives connections out and takes them back without redis-py's metrics and events. To the base class each one is
    in use from its first loan on."""

    def reset(self) -> None:
        """The base class calls this for a new pool, and in a process that was forked: sockets are not shared."""
        self._idle: list[Any] = []
        super().reset()

    def get_connection(self, *_args: Any, **_options: Any) -> Any:
        """The one that was used last, connected again where it has to be: an idle one may have been closed."""
        self._checkpid()
        try:
            connection = self._idle.pop()
        except IndexError:
            return super().get_connection()
        try:
            if connection.can_read():
                connection.disconnect()
            connection.connect()
        except BaseException:
            self.release(connection)
            raise
        return connection

    def release(self, connection: Any) -> None:
        """Twice is as once: two threads must never have one connection."""
        if connection not in self._idle:
            self._idle.append(connection)


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
    pool = PlainPool.from_url(
        url,
        socket_connect_timeout=connect_timeout or CONNECT_TIMEOUT,
        socket_timeout=command_timeout or COMMAND_TIMEOUT,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        driver_info=None,  # CLIENT SETINFO costs each new connection two more round trips
    )
    if issubclass(pool.connection_class, SSLConnection):
        pool.connection_class = BoundedSSLConnection
        _tls(pool.connection_kwargs.get("ssl_ca_certs"))
    else:
        pool.connection_class = BoundedConnection
    return PlainRedis.from_pool(pool)
