"""Apply the migrations of the schema. Safe to repeat, and to run twice at the same time."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from app.repositories.postgres.database import Database
from app.repositories.postgres.migrations import migrate, migrations
from app.repositories.postgres.tombstones import delete_old_tombstones
from app.repositories.postgres.transport.connections import Connections

_STATEMENT_SECONDS = 600.0


def upgrade(url: str) -> list[str]:
    """Bring the schema of the database at `url` to the newest version, in one transaction; return what was applied.

    Raises:
        app.errors.Unavailable: the database does not answer.
        psycopg.Error: it refused a statement.
    """
    with _connected(url) as connections:
        return migrate(connections, migrations())


def delete_expired(url: str) -> int:
    """Delete the tombstones of what was deleted 90 days ago; return how many."""
    with _connected(url) as connections:
        return delete_old_tombstones(Database(connections))


@contextmanager
def _connected(url: str) -> Iterator[Connections]:
    with closing(Connections(url, _STATEMENT_SECONDS)) as connections:
        yield connections
