"""PostgreSQL as a storage engine: of all that shares a transaction with a user's revision and quotas."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from app.ports.storage import Storage
from app.repositories.postgres.database import Database

if TYPE_CHECKING:
    from app.repositories.postgres.feed import PostgresFeed
    from app.repositories.postgres.files import PostgresFiles
    from app.repositories.postgres.stats import PostgresStats
    from app.repositories.postgres.todos import PostgresTodos
    from app.repositories.postgres.users import PostgresUsers


class PostgresStorage:
    """A `Storage`. A repository that is not here is the one of `rest`: docs/adr/0020 says why.

    Each is imported and built when it is first used, so that a process pays for no other.
    """

    def __init__(self, database: Database, rest: Storage, *, todo_quota: int | None) -> None:
        self._database = database
        self._rest = rest
        self._todo_quota = todo_quota

    @cached_property
    def todos(self) -> "PostgresTodos":
        from app.repositories.postgres.todos import PostgresTodos

        return PostgresTodos(self._database, quota=self._todo_quota)

    @cached_property
    def users(self) -> "PostgresUsers":
        from app.repositories.postgres.users import PostgresUsers

        return PostgresUsers(self._database)

    @cached_property
    def feed(self) -> "PostgresFeed":
        from app.repositories.postgres.feed import PostgresFeed

        return PostgresFeed(self._database)

    @cached_property
    def files(self) -> "PostgresFiles":
        from app.repositories.postgres.files import PostgresFiles

        return PostgresFiles(self._database)

    @cached_property
    def stats(self) -> "PostgresStats":
        from app.repositories.postgres.stats import PostgresStats

        return PostgresStats(self._database, self._rest.stats)

    def __getattr__(self, name: str) -> Any:
        """Raises:
        AttributeError: neither engine has it. One of PostgreSQL's is never replaced by the other engine's.
        """
        if name in vars(type(self)):
            raise AttributeError(f"{name} could not be built")
        return getattr(self._rest, name)
