"""Statements sent to PostgreSQL, each in a transaction of its own.

Where no answer comes, the statement is sent once more: reads may be repeated, and writes are conditional or set what
they say, so that they take effect once. One that the server has ended for a conflict with another is sent again, too,
for a while.
"""

import random
import time
from collections.abc import Iterator
from typing import Self

from app.aws.clients import Clients
from app.aws.retries import retry_on_conflict
from app.blocking import about_to_block
from app.config.reader import Postgres
from app.errors import Unavailable
from app.repositories.postgres.statements import Row, Statement, Value
from app.repositories.postgres.transport import STATEMENT_SECONDS, Disconnected, Transport, transport_to


class AnswerLost(Unavailable):
    """No answer came to a write. It was sent again, and found its condition not to hold: it took effect the first
    time, or others were faster."""


class Database:
    """One PostgreSQL. Threads may share it. Every method may raise what `Transport.run` does, but `Disconnected`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @classmethod
    def at(cls, place: Postgres, clients: Clients) -> Self:
        """Nothing is sent before the first statement."""
        return cls(transport_to(place, clients))

    def read(self, statement: Statement, **values: Value) -> list[Row]:
        return self._run(statement, values)[0]

    def write(self, statement: Statement, **values: Value) -> list[Row]:
        """The rows that the statement returns: none where its condition does not hold.

        Raises:
            AnswerLost: see there.
        """
        rows, was_sent_again = self._run(statement, values)
        if was_sent_again and not rows:
            raise AnswerLost
        return rows

    def page(self, statement: Statement, *, limit: int, **values: Value) -> tuple[list[Row], bool]:
        """Of a statement made by `paged`: at most `limit` rows, fewer of large ones, and whether others follow."""
        found = self.read(statement, limit=limit, **values)
        return [row["item"] for row in found], bool(found) and found[-1]["left"] > 0

    def every(
        self, statement: Statement, *, after: str, key: str, limit: int, **values: Value
    ) -> Iterator[Row]:
        """The rows of all pages of a statement made by `paged`, whose `:after` is the last row's `key`."""
        has_more = True
        while has_more:
            rows, has_more = self.page(statement, limit=limit, after=after, **values)
            yield from rows
            after = rows[-1][key] if rows else after

    def close(self) -> None:
        self._transport.close()

    def _run(self, statement: Statement, values: dict[str, Value]) -> tuple[list[Row], bool]:
        """The rows, and whether an answer was lost. What a deadlock or a serialization failure has ended took no
        effect, and is sent again."""
        about_to_block()
        answer_lost = False

        def attempt() -> list[Row]:
            nonlocal answer_lost
            begun = time.monotonic()
            try:
                return self._transport.run(statement, values)
            except Disconnected as error:
                if answer_lost or time.monotonic() - begun > STATEMENT_SECONDS / 2:  # no time to try again
                    raise Unavailable from error
            answer_lost = True
            _pause()
            try:
                return self._transport.run(statement, values)
            except Disconnected as error:
                raise Unavailable from error

        return retry_on_conflict(attempt), answer_lost


def _pause() -> None:
    """It spreads the second attempts of many callers."""
    time.sleep(random.uniform(0, 0.1))  # noqa: S311
