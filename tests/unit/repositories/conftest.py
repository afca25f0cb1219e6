from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from moto import mock_aws

pytest.register_assert_rewrite("contracts")

from contracts.fixtures import clock, operations, other_user_id, todos, user_id, users  # noqa: E402, F401
from support.storage import Storage, storage_at  # noqa: E402
from support.tables import create_tables  # noqa: E402


@pytest.fixture(scope="class")
def storage() -> Iterator[Storage]:
    """The repositories over moto, in this process. A class at a time: moto patches botocore while it is on."""
    with mock_aws(), storage_at(None) as storage:
        create_tables(storage.clients.dynamodb)
        yield storage


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> Callable[[], float]:
    """How long the repositories have waited, in seconds. No time passes but by waiting."""
    waits: list[float] = []
    still = SimpleNamespace(monotonic=lambda: sum(waits), sleep=waits.append)
    monkeypatch.setattr("app.aws.retries.time", still)
    return still.monotonic
