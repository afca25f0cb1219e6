"""PostgreSQL as a storage engine: of all that shares a transaction with a user's revision and quotas."""

from dataclasses import dataclass
from typing import Self

from app.ports import (
    AuditRepository,
    CostRepository,
    ErasureRepository,
    ImportRepository,
    MailRepository,
    OperationRepository,
    Storage,
    UserDataRepository,
)
from app.ports.previews import PreviewRepository
from app.repositories.postgres.database import Database
from app.repositories.postgres.files import PostgresFiles
from app.repositories.postgres.stats import PostgresStats
from app.repositories.postgres.todos import PostgresTodos
from app.repositories.postgres.users import PostgresUsers


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresStorage:
    """A `Storage`. Operational records and raw user data are of another engine: docs/adr/0020 says why."""

    todos: PostgresTodos
    users: PostgresUsers
    files: PostgresFiles
    stats: PostgresStats
    user_data: UserDataRepository
    imports: ImportRepository
    previews: PreviewRepository
    operations: OperationRepository
    mail: MailRepository
    erasures: ErasureRepository
    audit: AuditRepository
    costs: CostRepository

    @classmethod
    def at(cls, url: str, rest: Storage, *, todo_quota: int | None) -> Self:
        """Connections are opened when they are first used."""
        return cls.over(Database(url), rest, todo_quota=todo_quota)

    @classmethod
    def over(cls, database: Database, rest: Storage, *, todo_quota: int | None) -> Self:
        return cls(
            todos=PostgresTodos(database, quota=todo_quota),
            users=PostgresUsers(database),
            files=PostgresFiles(database),
            stats=PostgresStats(database, rest.stats),
            user_data=rest.user_data,
            imports=rest.imports,
            previews=rest.previews,
            operations=rest.operations,
            mail=rest.mail,
            erasures=rest.erasures,
            audit=rest.audit,
            costs=rest.costs,
        )
