"""AWS by moto, in this process. A class at a time: moto patches botocore while it is on."""

from collections.abc import Iterator

import pytest

from app.aws.clients import Clients
from app.config.api import Settings
from support.aws_in_process import aws_in_process
from support.clients import clients_for
from support.environment import ENVIRONMENT


@pytest.fixture(scope="class")
def settings() -> Settings:
    return Settings.from_env(ENVIRONMENT)


@pytest.fixture(scope="class")
def clients(settings: Settings) -> Iterator[Clients]:
    with aws_in_process():
        yield clients_for(settings)
