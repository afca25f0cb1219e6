"""Looks keys up on the event loop, where a server has one: a hit then costs no thread.

A thread takes the GIL from the event loop and gives it back, which is half of what a cached read costs under load.
All requests of a loop share one connection of redis-py. Their commands leave in order, and so come the answers. What
is asked while others wait leaves together with what else is asked in the same turn of the loop: sending costs more
than all else that a look does.
Imported only where there is a Redis, as `app.cache.connection` is.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from redis.exceptions import TimeoutError as NotComplete

from app.cache.connection import BoundedConnection, BoundedSSLConnection

if TYPE_CHECKING:
    from redis import Redis

AnyConnection = BoundedConnection | BoundedSSLConnection


@dataclass(slots=True)
class _Look:
    command: Sequence[bytes]
    answer: asyncio.Future[object]
    sent_at: float = 0.0


class LoopConnection:
    """A connection whose commands are awaited. After the first failure it is closed, and every command fails."""

    def __init__(self, loop: asyncio.AbstractEventLoop, connection: AnyConnection) -> None:
        self._loop = loop
        self._connection: Any = connection
        self._seconds: float = connection.socket_timeout
        self._unsent: list[_Look] = []
        self._sent: deque[_Look] = deque()
        self._left = memoryview(b"")
        self._is_full = False
        self._timer: asyncio.TimerHandle | None = None
        self.is_open = True
        self._socket = connection.never_wait()
        loop.add_reader(self._socket, self._read)

    async def mget(self, *keys: str) -> object:
        """The answer of Redis, within the connection's time-out."""
        look = _Look(self._connection.pack_command("MGET", *keys), self._loop.create_future())
        self._unsent.append(look)
        if not self._sent:
            self._send()
        elif len(self._unsent) == 1:
            self._loop.call_soon(self._send)
        return await look.answer

    def _send(self) -> None:
        """The time of a look begins here: a turn of a busy loop may take longer than Redis has."""
        looks, self._unsent = self._unsent, []
        if not looks:  # they have left with a later one
            return
        now = self._loop.time()
        for look in looks:
            look.sent_at = now
        self._sent += looks
        self._left = memoryview(b"".join([self._left, *(part for look in looks for part in look.command)]))
        self._flush()

    def _flush(self) -> None:
        """What the system does not take is sent when it does: a new connection has 46 kB of buffers."""
        try:
            if not self.is_open:
                raise ConnectionError("closed")
            self._left = self._connection.send_some(self._left)
        except Exception as error:  # noqa: BLE001 - each look raises it
            self._fail(error)
            return
        if self._left:
            self._loop.add_writer(self._socket, self._flush)
        elif self._is_full:
            self._loop.remove_writer(self._socket)
        self._is_full = bool(self._left)
        self._timer = self._timer or self._loop.call_later(self._seconds, self._expire)

    def _read(self) -> None:
        """Take the answers that are complete. With the last one that is awaited it ends: to read once more, in vain,
        takes as long as the answer did."""
        try:
            while self.is_open:
                answer = self._connection.read_response(disconnect_on_error=False)
                look = self._sent.popleft()  # an `IndexError` where nothing was asked
                if not look.answer.done():
                    look.answer.set_result(answer)
                if not self._sent and not self._connection.may_have_unread():
                    return
        except NotComplete:
            pass
        except Exception as error:  # noqa: BLE001 - each look raises it
            self._fail(error)

    def _expire(self) -> None:
        """Give up once the oldest look is overdue. One timer for all: most looks are answered long before it ends.

        An answer that has arrived is taken, however late this is. The event loop may not know of it yet: it asks what
        can be read, waits for the GIL while threads have it, and then looks at its timers.
        """
        self._timer = None
        self._read()
        if not self._sent:
            return
        left = self._sent[0].sent_at + self._seconds - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._expire)
        else:
            self._fail(TimeoutError())

    def _fail(self, error: Exception) -> None:
        if self.is_open:
            self.is_open = False
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._connection.disconnect()
        for look in self._sent:
            if not look.answer.done():
                look.answer.set_exception(error)
        self._sent.clear()


@dataclass(slots=True)
class _Own:
    """What a loop has."""

    loop: asyncio.AbstractEventLoop
    is_connecting: bool = False
    connection: LoopConnection | None = None


class LoopConnections:
    """The connection of the event loop that serves now. `redis` gives the client whose settings it has."""

    def __init__(self, redis: "Callable[[], Redis | None]") -> None:
        self._redis = redis
        self._own: _Own | None = None

    def current(self) -> LoopConnection | None:
        """The connection of the running loop; `None` while there is none. It is made in a thread, from the second
        request on: a loop may end with its first one. Of loops that run at the same time, the first has it."""
        loop, own = asyncio.get_running_loop(), self._own
        if own is None or own.loop.is_closed():
            self._own = _Own(loop)
            return None
        if own.loop is not loop:
            return None
        if own.connection is not None and own.connection.is_open:
            return own.connection
        if not own.is_connecting and (redis := self._redis()) is not None:
            own.is_connecting = True
            loop.run_in_executor(None, _connected, redis).add_done_callback(partial(_adopt, own))
        return None


def _connected(redis: "Redis") -> AnyConnection:
    pool = redis.connection_pool
    connection: Any = pool.connection_class(**pool.connection_kwargs)
    connection.connect()
    return cast(AnyConnection, connection)


def _adopt(own: _Own, made: asyncio.Future[AnyConnection]) -> None:
    """A failure is left to the threads: they ask the same Redis, and the circuit counts theirs."""
    own.is_connecting = False
    if not made.cancelled() and made.exception() is None:
        own.connection = LoopConnection(own.loop, made.result())
