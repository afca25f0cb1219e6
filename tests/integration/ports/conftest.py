import pytest

pytest.register_assert_rewrite("contracts")

from app.aws.clients import Clients  # noqa: E402
from app.config import Settings  # noqa: E402
from support.stack import RunningStack  # noqa: E402


@pytest.fixture
def settings(stack: RunningStack) -> Settings:
    return stack.settings


@pytest.fixture
def clients(stack: RunningStack) -> Clients:
    return stack.clients()
