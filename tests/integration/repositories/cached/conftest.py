import pytest

from app.cache import Cache
from app.cache.connection import connect
from contracts.fixtures import *  # noqa: F403
from contracts.fixtures import WithQuota
from support.clock import Clock
from support.decorated import DecoratedStorage


@pytest.fixture(scope="class")
def storage(valkey_url: str, clock: Clock) -> DecoratedStorage:
    """With a real Valkey."""
    redis = connect(valkey_url)
    return DecoratedStorage(Cache(lambda: redis), clock)


@pytest.fixture
def todos_with_quota(storage: DecoratedStorage) -> WithQuota:
    return storage.todos_with_quota
