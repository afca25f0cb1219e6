from collections.abc import Iterator

import pytest

from app.repositories.dynamodb.storage import DynamoStorage
from contracts.fixtures import *  # noqa: F403
from engines.dynamodb.fixtures import *  # noqa: F403
from support.clock import Clock
from support.emulator import emulator
from support.storage import storage_at
from support.tables import create_tables


@pytest.fixture(scope="session")
def dynamodb_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An emulator of this worker's own, with the tables of the template."""
    with emulator(tmp_path_factory.mktemp("ministack")) as endpoint:
        with storage_at(endpoint) as storage:
            create_tables(storage.clients.dynamodb)
        yield endpoint


@pytest.fixture(scope="class")
def storage(dynamodb_endpoint: str, clock: Clock) -> Iterator[DynamoStorage]:
    """DynamoDB by the emulator, over HTTP."""
    with storage_at(dynamodb_endpoint, clock) as storage:
        yield storage
