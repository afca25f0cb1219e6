from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from app.repositories.dynamodb.storage import DynamoStorage
from contracts.fixtures import *  # noqa: F403
from engines.dynamodb.fixtures import *  # noqa: F403
from support.aws_in_process import aws_in_process
from support.clock import Clock
from support.storage import storage_at
from support.tables import create_tables


@pytest.fixture(scope="class")
def storage(clock: Clock) -> Iterator[DynamoStorage]:
    """DynamoDB by moto, in this process. A class at a time: moto patches botocore while it is on."""
    with aws_in_process(), storage_at(None, clock) as storage:
        create_tables(storage.clients.dynamodb)
        yield storage


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> Callable[[], float]:
    """How long the repositories have waited, in seconds. No time passes but by waiting."""
    waits: list[float] = []
    still = SimpleNamespace(monotonic=lambda: sum(waits), sleep=waits.append)
    monkeypatch.setattr("app.aws.retries.time", still)
    return still.monotonic
