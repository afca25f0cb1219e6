import pytest

pytest.register_assert_rewrite("contracts")

from app.ports import Storage  # noqa: E402
from contracts.fixtures import *  # noqa: E402, F403
from contracts.fixtures import WithQuota  # noqa: E402
from support.clock import Clock  # noqa: E402
from support.memory import MemoryStorage  # noqa: E402


@pytest.fixture(scope="class")
def storage(clock: Clock) -> Storage:
    return MemoryStorage(clock)


@pytest.fixture
def todos_with_quota(storage: MemoryStorage) -> WithQuota:
    return storage.todos.with_quota
