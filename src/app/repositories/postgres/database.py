"""Statements sent to PostgreSQL, each in a transaction of its own, on connections that are kept for the next one.

A statement waits a bounded time for its answer. Where the connection ends before the answer, the statement is sent
once more: reads may be repeated, and writes are conditional or set what they say, so that they take effect once.
"""

import re
import select
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn, cast

import psycopg
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation
from psycopg.rows import dict_row

from app import deadline
from app.aws.calls import record
from app.aws.errors import TransactionConflict
from app.context import FailedCall
from app.errors import DeadlineExceeded, Unavailable, Unprocessable

Row = dict[str, Any]
Value = str | int | bool | None
"""What a parameter may be. Times, dates and lists are sent as text and cast in the statement: the RDS Data API knows
neither arrays nor time zones."""

_CONNECT_SECONDS = 3
_STATEMENT_SECONDS = 5.0
_SHORTEST = 0.1
"""Seconds. A statement that has less is not sent: its effect would not be known."""
_IDLE = 10
"""Connections that are kept while none of them is used."""
_OPTIONS = f"-c timezone=UTC -c statement_timeout={_STATEMENT_SECONDS * 1000:.0f}"
_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")


@dataclass(frozen=True)
class Statement:
    """SQL with named parameters (`:user_id`). `name` is for the log. Casts are `CAST(:x AS text)`, never `::`."""

    name: str
    text: str

    @cached_property
    def query(self) -> bytes:
        """As psycopg wants the parameters."""
        return _PARAMETER.sub(r"%(\1)s", self.text).encode()


class AnswerLost(Unavailable):
    """The connection ended before the answer of a write. It was sent again, and found its condition not to hold: it
    took effect the first time, or others were faster."""


class _Disconnected(Exception):
    """The server ended the connection."""


class _Connection(psycopg.Connection[Row]):
    """Waits for an answer until `end`. A server that hangs still acknowledges at the level of TCP."""

    end: float | None = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is None and self.end is not None:
            timeout = max(0.0, self.end - time.monotonic())
        return super().wait(gen, interval, timeout)


class Database:
    """One PostgreSQL. Threads may share it.

    Every method may raise:
        app.errors.Unavailable: no connection, no answer in time, or the server cannot serve at the moment.
        app.errors.Unprocessable: a value that cannot be stored (`not_storable`).
        TransactionConflict: another change was faster; read again and try again.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._idle: deque[_Connection] = deque(maxlen=_IDLE)

    def read(self, statement: Statement, **values: Value) -> list[Row]:
        try:
            return self._run(statement, values)
        except _Disconnected:
            return self._run_again(statement, values)

    def write(self, statement: Statement, **values: Value) -> list[Row]:
        """The rows that the statement returns: none where its condition does not hold.

        Raises:
            AnswerLost: see there.
        """
        try:
            return self._run(statement, values)
        except _Disconnected:
            rows = self._run_again(statement, values)
        if not rows:
            raise AnswerLost
        return rows

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _run_again(self, statement: Statement, values: dict[str, Value]) -> list[Row]:
        try:
            return self._run(statement, values)
        except _Disconnected as error:
            raise Unavailable from error

    def _run(self, statement: Statement, values: dict[str, Value]) -> list[Row]:
        with self._meanings(statement):
            connection = self._connection()
            try:
                connection.end = time.monotonic() + _seconds()
                rows = connection.execute(statement.query, values).fetchall()
            except psycopg.Error:
                self._keep(connection)
                raise
            except BaseException:  # interrupted: its answer may still come
                connection.close()
                raise
            self._keep(connection)
            return rows

    def _connection(self) -> _Connection:
        """The one used last, if the server has not ended it meanwhile; else a new one."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            if _is_quiet(connection):
                return connection
            connection.close()
        return _Connection.connect(
            self._url,
            autocommit=True,
            row_factory=cast(Any, dict_row),
            connect_timeout=_CONNECT_SECONDS,
            options=_OPTIONS,
            application_name="serverless-backend",
        )

    def _keep(self, connection: _Connection) -> None:
        """For the next statement, unless it is unusable or there are enough."""
        is_usable = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        if is_usable and len(self._idle) < _IDLE:
            self._idle.append(connection)
        else:
            connection.close()

    @contextmanager
    def _meanings(self, statement: Statement) -> Iterator[None]:
        begun = time.monotonic()
        try:
            yield
        except (SerializationFailure, DeadlockDetected, UniqueViolation) as error:
            raise TransactionConflict from error
        except psycopg.DataError as error:
            raise Unprocessable("This cannot be stored as it is.", code="not_storable") from error
        except (psycopg.OperationalError, psycopg.InterfaceError, TimeoutError) as error:
            _note(statement, error, time.monotonic() - begun)
            _raise_unanswered(error, time.monotonic() - begun)


def _seconds() -> float:
    """How long the answer may take.

    Raises:
        DeadlineExceeded: the request has no time left.
    """
    left = deadline.left()
    if left < _SHORTEST:
        raise DeadlineExceeded
    return min(left, _STATEMENT_SECONDS)


def _is_quiet(connection: _Connection) -> bool:
    """Return whether the server has sent nothing since the last answer. All it sends by itself is that it ends."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


def _note(statement: Statement, error: Exception, seconds: float) -> None:
    code = getattr(error, "sqlstate", None) or type(error).__name__
    record(FailedCall("postgresql", statement.name, code, round(seconds * 1000, 1)))


def _raise_unanswered(error: Exception, seconds: float) -> NoReturn:
    if deadline.left() <= 0:
        raise DeadlineExceeded from error
    was_quick = seconds < _STATEMENT_SECONDS / 2  # else there is no time to try again
    if getattr(error, "sqlstate", None) in _ENDED and was_quick:
        raise _Disconnected from error
    raise Unavailable from error


_ENDED = (None, "57P01", "57P02", "08000", "08003", "08006")
"""The connection ended: without a word, by an administrator, by a crash, or as the driver says it.
https://www.postgresql.org/docs/current/errcodes-appendix.html"""
