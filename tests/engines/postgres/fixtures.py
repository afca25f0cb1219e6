"""The fixtures by which PostgreSQL runs the contracts, from the `postgres` and the `data_api` of a `conftest.py`.

What depends on `database` runs over each transport: psycopg, and the RDS Data API.
"""

from collections.abc import Iterator
from contextlib import closing

import pytest

from app.repositories.postgres.database import Database
from app.repositories.postgres.storage import PostgresStorage
from contracts.fixtures import WithQuota
from support.clock import Clock
from support.data_api import CLUSTER, clients_at
from support.data_api.server import FakeDataApi
from support.memory import MemoryStorage
from support.postgres import RunningPostgres

__all__ = ["database", "storage", "todos_with_quota"]


@pytest.fixture(scope="class", params=["psycopg", "data-api"])
def database(
    request: pytest.FixtureRequest, postgres: RunningPostgres, data_api: FakeDataApi
) -> Iterator[Database]:
    place = postgres.url if request.param == "psycopg" else CLUSTER
    with closing(Database.at(place, clients_at(data_api.port))) as database:
        yield database


@pytest.fixture(scope="class")
def storage(database: Database, clock: Clock) -> PostgresStorage:
    """What is kept elsewhere is in memory."""
    return PostgresStorage(database, MemoryStorage(clock), todo_quota=None)


@pytest.fixture
def todos_with_quota(database: Database, storage: PostgresStorage) -> WithQuota:
    return lambda quota: PostgresStorage(database, storage, todo_quota=quota).todos
