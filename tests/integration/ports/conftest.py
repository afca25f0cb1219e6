import pytest

from app.aws.clients import Clients
from app.config.api import Settings
from support.stack import RunningStack


@pytest.fixture
def settings(stack: RunningStack) -> Settings:
    return stack.settings


@pytest.fixture
def clients(stack: RunningStack) -> Clients:
    return stack.clients()
