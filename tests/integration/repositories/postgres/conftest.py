from collections.abc import Iterator

import pytest

from contracts.fixtures import *  # noqa: F403
from engines.postgres.fixtures import *  # noqa: F403
from support.data_api import running_data_api
from support.data_api.server import FakeDataApi
from support.postgres import RunningPostgres, running_postgres


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPostgres]:
    """A server of this worker's own, with the schema. Do not stop it."""
    with running_postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def data_api(postgres: RunningPostgres) -> Iterator[FakeDataApi]:
    """Before that server. Leave it awake."""
    with running_data_api(postgres.url) as server:
        yield server
