"""The storage engines, and the choice of the one that a process uses."""

from typing import TYPE_CHECKING, Protocol

from app.config.reader import Postgres, Tables
from app.ports.storage import Storage

if TYPE_CHECKING:
    from app.aws.clients import Clients


class OfStorage(Protocol):
    @property
    def tables(self) -> Tables: ...


def storage_of(clients: "Clients", settings: OfStorage) -> Storage:
    """Return the engine that `DATABASE` chooses. PostgreSQL's is imported only where it is chosen.

    A process without the setting uses only what is in DynamoDB with either engine.
    """
    from app.repositories.dynamodb.storage import DynamoStorage

    quota: int | None = getattr(settings, "todo_quota", None)
    dynamodb = DynamoStorage(clients, settings.tables, todo_quota=quota)
    place: Postgres | None = getattr(settings, "database", None)
    if place is None:
        return dynamodb
    from app.repositories.postgres.database import Database
    from app.repositories.postgres.storage import PostgresStorage

    return PostgresStorage(Database.at(place, clients), dynamodb, todo_quota=quota)
