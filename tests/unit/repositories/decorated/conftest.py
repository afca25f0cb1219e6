import pytest

pytest.register_assert_rewrite("contracts")

from app.cache import Cache  # noqa: E402
from contracts.fixtures import *  # noqa: E402, F403
from contracts.fixtures import WithQuota  # noqa: E402
from support.decorated import DecoratedStorage  # noqa: E402


@pytest.fixture(scope="class")
def storage() -> DecoratedStorage:
    """Without Redis."""
    return DecoratedStorage(Cache(lambda: None))


@pytest.fixture
def todos_with_quota(storage: DecoratedStorage) -> WithQuota:
    return storage.todos_with_quota
