"""Statistics: the present contents by a query, past events by the counters of the operational records."""

from typing import Unpack, cast

from app.ports.stats import Deltas, StatsRepository
from app.repositories.postgres.database import Database
from app.repositories.postgres.statements import Statement

_COUNT = Statement(
    "count what is held",
    """SELECT json_build_object('users', count(*), 'todos', COALESCE(sum(todo_count), 0),
        'files', COALESCE(sum(used_files), 0), 'bytes', COALESCE(sum(used_bytes), 0)) FROM users""",
)


class PostgresStats:
    """The `StatsRepository` over the tables, and over `events`, where imports and mails are counted."""

    def __init__(self, database: Database, events: StatsRepository) -> None:
        self._database = database
        self._events = events

    def add(self, **deltas: Unpack[Deltas]) -> None:
        self._events.add(**deltas)

    def read(self) -> Deltas:
        (held,) = self._database.read(_COUNT)
        return cast("Deltas", {**self._events.read(), **held})
