"""How many requests each operation takes."""

import pytest

from app.repositories.dynamodb.storage import DynamoStorage
from support.storage_calls import OPERATIONS, requests_to


class TestRequestsOfOperations:
    @pytest.mark.parametrize("name", OPERATIONS)
    def test_each_takes_as_many_as_are_documented(self, storage: DynamoStorage, name: str) -> None:
        act = OPERATIONS[name].prepare(storage)

        with requests_to(storage) as made:
            act()

        assert len(made) == OPERATIONS[name].dynamodb, made
