import pytest

from app.ports.storage import Storage
from contracts.fixtures import *  # noqa: F403
from contracts.fixtures import WithQuota
from support.clock import Clock
from support.memory import MemoryStorage


@pytest.fixture(scope="class")
def storage(clock: Clock) -> Storage:
    return MemoryStorage(clock)


@pytest.fixture
def todos_with_quota(storage: MemoryStorage) -> WithQuota:
    return storage.todos.with_quota
