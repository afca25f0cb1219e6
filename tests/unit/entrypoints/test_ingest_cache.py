"""What the ingest function loads, and what stands between it and the profiles that it fills."""

from typing import Any

import pytest

from app.config.ingest import IngestSettings
from app.entrypoints import ingest
from app.repositories.cached import CachedUsers
from app.repositories.dynamodb.files import DynamoFiles
from app.repositories.dynamodb.storage import DynamoStorage
from app.repositories.dynamodb.users import DynamoUsers
from app.repositories.fenced import FencedFiles
from support.environment import ENVIRONMENT
from unit.imports import loaded_by


@pytest.mark.parametrize(
    ("redis_url", "kinds"),
    [("", (DynamoUsers, DynamoFiles)), ("redis://127.0.0.1:1/0", (CachedUsers, FencedFiles))],
    ids=["none", "cache"],
)
def test_profiles_and_files_change_through_the_fence_where_there_is_a_cache(
    redis_url: str, kinds: tuple[type, type]
) -> None:
    settings = IngestSettings.from_env({**ENVIRONMENT, "REDIS_URL": redis_url})
    clients: Any = None
    storage = DynamoStorage(clients, settings.tables)

    found = ingest._cached(storage.users, storage.files, settings)

    assert tuple(map(type, found)) == kinds


def test_it_loads_nothing_of_the_cache_without_one() -> None:
    assert loaded_by("app.entrypoints.ingest") & {"pydantic", "redis", "fastapi", "starlette"} == set()
