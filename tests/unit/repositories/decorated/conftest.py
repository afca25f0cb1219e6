import pytest

from app.cache import Cache
from contracts.fixtures import *  # noqa: F403
from contracts.fixtures import WithQuota
from support.decorated import DecoratedStorage


@pytest.fixture(scope="class")
def storage() -> DecoratedStorage:
    """Without Redis."""
    return DecoratedStorage(Cache(lambda: None))


@pytest.fixture
def todos_with_quota(storage: DecoratedStorage) -> WithQuota:
    return storage.todos_with_quota
