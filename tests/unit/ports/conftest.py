"""AWS by moto, in this process. A class at a time: moto patches botocore while it is on."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from app.aws.clients import Clients
from app.config.api import Settings
from support.clients import clients_for
from support.environment import ENVIRONMENT


@pytest.fixture(scope="class")
def settings() -> Settings:
    return Settings.from_env(ENVIRONMENT)


@pytest.fixture(scope="class")
def clients(settings: Settings) -> Iterator[Clients]:
    with mock_aws():
        yield clients_for(settings)
