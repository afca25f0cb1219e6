"""AWS by moto, in this process. A class at a time: moto patches botocore while it is on."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

pytest.register_assert_rewrite("contracts")

from app.aws.clients import Clients  # noqa: E402
from app.config import Settings  # noqa: E402
from support.clients import clients_for  # noqa: E402
from support.environment import ENVIRONMENT  # noqa: E402


@pytest.fixture(scope="class")
def settings() -> Settings:
    return Settings.from_env(ENVIRONMENT)


@pytest.fixture(scope="class")
def clients(settings: Settings) -> Iterator[Clients]:
    with mock_aws():
        yield clients_for(settings)
