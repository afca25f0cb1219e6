"""Statistics: the present contents by a query, past events by the counters of the operational records."""

from typing import Unpack, cast

from app.ports import Deltas, StatsRepository
from app.repositories.postgres.database import Database, Statement

_COUNT = Statement(
    "count what is held",
    """
    SELECT count(*) AS users,
        CAST(COALESCE(sum(todo_count), 0) AS bigint) AS todos,
        CAST(COALESCE(sum(used_files), 0) AS bigint) AS files,
        CAST(COALESCE(sum(used_bytes), 0) AS bigint) AS bytes
    FROM users
    """,
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
