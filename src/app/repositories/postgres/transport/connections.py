"""Statements over connections of psycopg, kept for the next one. There is no pool: a thread takes one that is idle,
or opens one."""

import math
import re
import select
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

import psycopg

from app import deadline
from app.aws.calls import record
from app.context import FailedCall
from app.errors import DeadlineExceeded, Unavailable
from app.repositories.postgres.statements import Row, Statement, Value
from app.repositories.postgres.transport import Disconnected, meaning_of

_CONNECT_SECONDS = 3
_SHORTEST = 0.1
"""Seconds. A statement that has less is not sent: its effect would not be known."""
_CHECK_MILLISECONDS = 500
"""How often a server looks, while it runs a statement, whether the connection is closed. Then it ends the statement,
which the request has given up."""
_IDLE = 10
"""Connections that are kept while none of them is used."""
_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")


class _Connection(psycopg.Connection[Any]):
    """Waits for each answer `seconds` at most. A server that hangs still acknowledges at the level of TCP."""

    seconds = math.inf

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is None and self.seconds < math.inf:
            timeout = _bounded(self.seconds)
        return super().wait(gen, interval, timeout)


class _Transaction:
    """The `Transport` of a connection: in the transaction that is open, if one is."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    def run(self, statement: Statement, values: Mapping[str, Value]) -> list[Row]:
        with _meanings(statement.name):
            cursor = self._connection.execute(query_of(statement), values)
            return [row for (row,) in cursor] if cursor.description else []

    @contextmanager
    def transaction(self) -> Iterator["_Transaction"]:
        with _meanings("transaction"), self._connection.transaction():
            yield self

    def close(self) -> None:
        self._connection.close()


class Connections:
    """The `Transport` to the PostgreSQL at `url`. A statement may take `seconds`."""

    def __init__(self, url: str, seconds: float) -> None:
        self._url = url
        self._seconds = seconds
        self._idle: deque[_Connection] = deque(maxlen=_IDLE)

    def run(self, statement: Statement, values: Mapping[str, Value]) -> list[Row]:
        with self._connection(statement.name) as connection:
            return _Transaction(connection).run(statement, values)

    @contextmanager
    def transaction(self) -> Iterator[_Transaction]:
        with (
            self._connection("transaction") as connection,
            _Transaction(connection).transaction() as open_one,
        ):
            yield open_one

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _connection(self, purpose: str) -> Iterator[_Connection]:
        with _meanings(purpose):
            connection = self._idle_one() or self._new()
        try:
            yield connection
        finally:  # where it was interrupted, its answer may still come: then it is closed
            self._keep(connection)

    def _idle_one(self) -> _Connection | None:
        """The one used last, if the server has not ended it meanwhile."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            if _is_quiet(connection):
                return connection
            connection.close()
        return None

    def _new(self) -> _Connection:
        limit = round(self._seconds * 1000)
        settings = {
            "timezone": "UTC",
            "statement_timeout": limit,
            "idle_in_transaction_session_timeout": limit,
            "client_connection_check_interval": _CHECK_MILLISECONDS,
        }
        connection = _Connection.connect(
            self._url,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            options=" ".join(f"-c {name}={value}" for name, value in settings.items()),
            application_name="serverless-backend",
        )
        connection.seconds = self._seconds
        return connection

    def _keep(self, connection: _Connection) -> None:
        """For the next statement, unless it is unusable or there are enough."""
        is_usable = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        if is_usable and len(self._idle) < _IDLE:
            self._idle.append(connection)
        else:
            connection.close()


def query_of(statement: Statement) -> bytes:
    """SQL with parameters as psycopg writes them."""
    return _PARAMETER.sub(r"%(\1)s", statement.text.replace("%", "%%")).encode()


def _bounded(seconds: float) -> float:
    """How long the answer may take.

    Raises:
        DeadlineExceeded: the request has no time left.
    """
    left = deadline.left()
    if left < _SHORTEST:
        raise DeadlineExceeded
    return min(left, seconds)


def _is_quiet(connection: _Connection) -> bool:
    """Return whether the server has sent nothing since the last answer. All it sends by itself is that it ends."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


@contextmanager
def _meanings(purpose: str) -> Iterator[None]:
    begun = time.monotonic()
    try:
        yield
    except (psycopg.Error, TimeoutError) as error:
        _raise_meaning(purpose, error, time.monotonic() - begun)


def _raise_meaning(purpose: str, error: Exception, seconds: float) -> NoReturn:
    state = getattr(error, "sqlstate", None)
    meaning = _meaning_without_state(error) if state is None else meaning_of(state)
    if isinstance(meaning, Unavailable | Disconnected):
        code = state or type(error).__name__
        record(FailedCall("postgresql", purpose, code, round(seconds * 1000, 1)))
        if deadline.left() <= 0:
            raise DeadlineExceeded from error
    if meaning is None:
        raise error
    raise meaning from error


def _meaning_without_state(error: Exception) -> Exception | None:
    """Not the server's: the driver found the connection closed, got no answer, or refused a value."""
    if isinstance(error, psycopg.DataError):
        return meaning_of("22000")
    if isinstance(error, TimeoutError):
        return Unavailable()
    return Disconnected() if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) else None
