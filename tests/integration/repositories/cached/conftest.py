import pytest

pytest.register_assert_rewrite("contracts")

from app.cache import Cache  # noqa: E402
from app.cache.connection import connect  # noqa: E402
from contracts.fixtures import *  # noqa: E402, F403
from contracts.fixtures import WithQuota  # noqa: E402
from support.clock import Clock  # noqa: E402
from support.decorated import DecoratedStorage  # noqa: E402


@pytest.fixture(scope="class")
def storage(valkey_url: str, clock: Clock) -> DecoratedStorage:
    """With a real Valkey."""
    redis = connect(valkey_url)
    return DecoratedStorage(Cache(lambda: redis), clock)


@pytest.fixture
def todos_with_quota(storage: DecoratedStorage) -> WithQuota:
    return storage.todos_with_quota
