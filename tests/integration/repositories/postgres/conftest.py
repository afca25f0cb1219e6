from collections.abc import Iterator

import pytest

for name in ("contracts", "engines"):
    pytest.register_assert_rewrite(name)

from contracts.fixtures import *  # noqa: E402, F403
from engines.postgres.fixtures import *  # noqa: E402, F403
from support.postgres import RunningPostgres, running_postgres  # noqa: E402


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPostgres]:
    """A server of this worker's own, with the schema. Do not stop it."""
    with running_postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server
