"""What the ingest function loads, and what stands between it and the profiles that it fills."""

from typing import Any

import pytest

from app.config import IngestSettings
from app.entrypoints import ingest
from app.repositories.cached import CachedUsers
from app.repositories.dynamodb.users import DynamoUsers
from support.environment import ENVIRONMENT
from unit.imports import loaded_by


@pytest.mark.parametrize(
    ("redis_url", "kind"), [("", DynamoUsers), ("redis://127.0.0.1:1/0", CachedUsers)], ids=["none", "cache"]
)
def test_profiles_are_filled_through_the_fence_where_there_is_a_cache(redis_url: str, kind: type) -> None:
    settings = IngestSettings.from_env({**ENVIRONMENT, "REDIS_URL": redis_url})
    clients: Any = None
    users = DynamoUsers(clients, settings.users_table)

    assert type(ingest._cached(users, settings)) is kind


def test_it_loads_nothing_of_the_cache_without_one() -> None:
    assert loaded_by("app.entrypoints.ingest") & {"pydantic", "redis", "fastapi", "starlette"} == set()
