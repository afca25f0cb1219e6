"""The fixtures by which DynamoDB runs the contracts, from the `storage` of a `conftest.py`."""

import pytest

from app.repositories.dynamodb.storage import DynamoStorage
from contracts.fixtures import WithQuota

__all__ = ["todos_with_quota"]


@pytest.fixture
def todos_with_quota(storage: DynamoStorage) -> WithQuota:
    return lambda quota: DynamoStorage(storage.clients, storage.tables, todo_quota=quota).todos
