"""What the ingest function loads, and what stands between it and the profiles that it fills."""

from collections.abc import Iterator

import pytest

from app.entrypoints import ingest
from app.repositories.cached import CachedUsers
from app.repositories.dynamodb.files import DynamoFiles
from app.repositories.dynamodb.users import DynamoUsers
from app.repositories.fenced import FencedFiles
from support.entrypoints import forget_what_was_made
from support.environment import ENVIRONMENT
from unit.imports import loaded_by


@pytest.fixture(autouse=True)
def _made_in_this_test() -> Iterator[None]:
    forget_what_was_made(ingest)
    yield
    forget_what_was_made(ingest)


@pytest.mark.parametrize(
    ("redis_url", "kinds"),
    [("", (DynamoUsers, DynamoFiles)), ("redis://127.0.0.1:1/0", (CachedUsers, FencedFiles))],
    ids=["none", "cache"],
)
def test_profiles_and_files_change_through_the_fence_where_there_is_a_cache(
    redis_url: str, kinds: tuple[type, type], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**ENVIRONMENT, "REDIS_URL": redis_url}.items():
        monkeypatch.setenv(name, value)

    assert (type(ingest.users()), type(ingest.user_files()._files)) == kinds


def test_it_loads_nothing_of_the_cache_without_one() -> None:
    assert loaded_by("app.entrypoints.ingest") & {"pydantic", "redis", "fastapi", "starlette"} == set()
