"""DynamoDB for tests: the real one's stand-ins, in this process or over HTTP."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from unittest.mock import patch

from app.config.api import Settings
from app.repositories.dynamodb.storage import DynamoStorage
from support.clients import clients_for
from support.credentials import CREDENTIALS
from support.environment import ENVIRONMENT


def settings_for(endpoint: str | None) -> Settings:
    """Tables are named after their logical ids in the template."""
    return Settings.from_env({**ENVIRONMENT, "AWS_ENDPOINT_URL": endpoint or ""})


@contextmanager
def storage_at(endpoint: str | None, clock: Callable[[], float] = time.time) -> Iterator[DynamoStorage]:
    """The repositories over `endpoint`; `None` is AWS itself, or what stands in for it in this process."""
    settings = settings_for(endpoint)
    with patch.dict("os.environ", CREDENTIALS.variables):
        storage = DynamoStorage(clients_for(settings), settings.tables, clock)
        with closing(storage.clients.dynamodb):  # built here, it takes these credentials
            yield storage
