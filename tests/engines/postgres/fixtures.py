"""The fixtures by which PostgreSQL runs the contracts, from the `postgres` of a `conftest.py`."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from app.repositories.postgres.database import Database
from app.repositories.postgres.storage import PostgresStorage
from contracts.fixtures import WithQuota
from support.clock import Clock
from support.memory import MemoryStorage
from support.postgres import RunningPostgres

__all__ = ["database", "storage", "todos_with_quota"]


@pytest.fixture(scope="class")
def database(postgres: RunningPostgres) -> Iterator[Database]:
    with closing(Database(postgres.url)) as database:
        yield database


@pytest.fixture(scope="class")
def storage(database: Database, clock: Clock) -> PostgresStorage:
    """What is kept elsewhere is in memory."""
    return PostgresStorage(database, MemoryStorage(clock), todo_quota=None)


@pytest.fixture
def todos_with_quota(database: Database, storage: PostgresStorage) -> WithQuota:
    return lambda quota: PostgresStorage(database, storage, todo_quota=quota).todos
