from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("contracts")

from contracts.fixtures import clock, operations, other_user_id, todos, user_id, users  # noqa: E402, F401
from support.emulator import emulator  # noqa: E402
from support.storage import Storage, storage_at  # noqa: E402
from support.tables import create_tables  # noqa: E402


@pytest.fixture(scope="session")
def dynamodb_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An emulator of this worker's own, with the tables of the template."""
    with emulator(tmp_path_factory.mktemp("ministack")) as endpoint:
        with storage_at(endpoint) as storage:
            create_tables(storage.clients.dynamodb)
        yield endpoint


@pytest.fixture(scope="class")
def storage(dynamodb_endpoint: str) -> Iterator[Storage]:
    """The repositories over HTTP."""
    with storage_at(dynamodb_endpoint) as storage:
        yield storage
