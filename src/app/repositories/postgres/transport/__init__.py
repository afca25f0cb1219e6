"""How statements reach PostgreSQL: by psycopg, or by the RDS Data API, which needs neither a network nor a pool."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from app.aws.clients import Clients
from app.aws.errors import TransactionConflict
from app.config.reader import Postgres
from app.errors import Unavailable, Unprocessable
from app.repositories.postgres.statements import Row, Statement, Value

STATEMENT_SECONDS = 5.0
"""How long a statement of a request may take."""


def transport_to(database: Postgres, clients: Clients, *, seconds: float = STATEMENT_SECONDS) -> "Transport":
    """The transport to `database`; a statement may take `seconds`. Nothing is sent yet, and only what the chosen one
    needs is imported."""
    if isinstance(database, str):
        from app.repositories.postgres.transport.connections import Connections

        return Connections(database, seconds)
    from app.repositories.postgres.transport.data_api import DataApi

    return DataApi(clients, database, seconds)


class Transport(Protocol):
    """How statements reach one PostgreSQL. Threads may share it."""

    def run(self, statement: Statement, values: Mapping[str, Value]) -> list[Row]:
        """Send one statement, a transaction of its own, and return the objects of its JSON column.

        Raises:
            Disconnected: no answer came. The statement may have taken effect.
            app.errors.Unavailable: no connection, no answer in time, or the server cannot serve at the moment.
            app.errors.Unprocessable: a value that cannot be stored (`not_storable`).
            TransactionConflict: another change was faster; read again and try again.
        """

    def transaction(self) -> AbstractContextManager["Transport"]:
        """Statements that are run by the transport of the block take effect together when it ends, or, where it
        raises, not at all. It is for one thread. Raises as `run` does, also when the block ends."""

    def close(self) -> None: ...


class Disconnected(Exception):
    """The connection ended before the answer."""


class Blocked(Unavailable):
    """A lock was not free within the limit for that. The statement has not taken effect."""


def meaning_of(sqlstate: str) -> Exception | None:
    """What an error of PostgreSQL means; `None`: a defect of ours.

    https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    if sqlstate in _CONFLICTS:
        return TransactionConflict()
    if sqlstate in _ENDED or sqlstate.startswith("08"):
        return Disconnected()
    if sqlstate == "55P03":
        return Blocked()
    if sqlstate.startswith("22"):
        return Unprocessable("This cannot be stored as it is.", code="not_storable")
    return Unavailable() if sqlstate.startswith(_OUTAGES) else None


_CONFLICTS = ("40001", "40P01", "23505")
"""A serialization failure, a deadlock, a key that exists."""
_ENDED = ("25P03", "57P01", "57P02")
"""In a transaction in which no statement came, by an administrator, by a crash."""
_OUTAGES = ("25006", "28", "53", "55", "57", "58")
"""Read-only (it was the writer), a password in rotation, no resources, a state, a time-out or a start, the system."""
