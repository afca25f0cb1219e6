"""To-dos and users in PostgreSQL, read through a real Valkey: the cache changes no behaviour, also among races."""

from collections.abc import Iterator
from contextlib import closing
from unittest.mock import Mock

import pytest

from app.cache import Cache
from app.cache.connection import connect
from app.repositories.cached import CachedTodos, CachedUsers
from app.repositories.postgres.database import Database
from app.repositories.postgres.storage import PostgresStorage
from contracts.fixtures import WithQuota
from contracts.races import RacesContract
from contracts.storage import TestQuota, TestTodoChanges, TestUsers
from support.clock import Clock
from support.memory import MemoryStorage
from support.postgres import RunningPostgres

__all__ = ["TestQuota", "TestRaces", "TestTodoChanges", "TestUsers"]


class CachedStorage(PostgresStorage):
    def __init__(self, database: Database, cache: Cache, clock: Clock) -> None:
        super().__init__(database, MemoryStorage(clock), todo_quota=None)
        self.users = CachedUsers(self.users, cache, see=self.todos.see)
        self.todos = CachedTodos(self.todos, cache)


@pytest.fixture(scope="module")
def cache(valkey_url: str) -> Cache:
    redis = connect(valkey_url)
    return Cache(lambda: redis)


@pytest.fixture(scope="class")
def database(postgres: RunningPostgres) -> Iterator[Database]:
    with closing(Database.at(postgres.url, Mock())) as database:
        yield database


@pytest.fixture(scope="class")
def storage(database: Database, cache: Cache, clock: Clock) -> CachedStorage:
    return CachedStorage(database, cache, clock)


@pytest.fixture
def todos_with_quota(storage: CachedStorage, database: Database, cache: Cache) -> WithQuota:
    return lambda quota: CachedTodos(PostgresStorage(database, storage, todo_quota=quota).todos, cache)


class TestRaces(RacesContract):
    """Over several connections, and one cache."""
