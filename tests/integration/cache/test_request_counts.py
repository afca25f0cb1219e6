"""The requests of an account, counted in the round trips that they make anyway."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from redis import Redis

from app.config.api import Settings
from app.main import create_app
from app.models.users import User
from support.environment import ENVIRONMENT
from support.memory import MemoryStorage
from support.memory_app import FixedSecret, KnownTokens
from support.round_trips import Counted

LIMIT = "requests=5/60"


@pytest.fixture
def storage() -> MemoryStorage:
    storage = MemoryStorage()
    for name in ("user-a", "user-b"):
        storage.users.create(User(id=name, email=f"{name}@example.com"))
    return storage


@pytest.fixture
def process(storage: MemoryStorage, redis: Redis) -> Callable[..., TestClient]:
    """The API in a process of its own, as it were, for the owner of a token."""

    def made(token: str = "user-a", limits: str = LIMIT, client: object = redis) -> TestClient:
        variables = {"LIMITS": limits, "REDIS_URL": "redis://127.0.0.1:1"}
        app = create_app(Settings.from_env({**ENVIRONMENT, **variables}))
        container = app.state.container
        container.verifier, container.secret = KnownTokens(), FixedSecret()
        container.storage, container.redis = storage, client
        return TestClient(app, headers={"Authorization": f"Bearer {token}"})

    return made


def statuses(client: TestClient, count: int, **headers: str) -> list[int]:
    return [client.get("/v1/todos", headers=headers).status_code for _ in range(count)]


def test_an_account_has_so_many_requests_in_a_window(process: Callable[..., TestClient]) -> None:
    client = process()

    assert statuses(client, 8) == [200] * 5 + [429] * 3

    refused = client.get("/v1/todos")
    assert refused.json()["code"] == "rate_limited"
    assert refused.headers["ratelimit-policy"] == '"requests";q=5;w=60'
    assert refused.headers["ratelimit"] == f'"requests";r=0;t={refused.headers["retry-after"]}'
    assert 0 < int(refused.headers["retry-after"]) <= 60


def test_another_account_is_not_concerned(process: Callable[..., TestClient]) -> None:
    statuses(process(), 8)

    assert statuses(process("user-b"), 3) == [200] * 3


def test_what_has_not_changed_and_what_was_deleted_is_free(process: Callable[..., TestClient]) -> None:
    client = process()
    created = client.post("/v1/todos", json={"title": "Buy milk"}).json()
    assert client.delete(f"/v1/todos/{created['id']}").status_code == 204
    tag = client.get("/v1/todos").headers["ETag"]

    assert statuses(client, 20, **{"If-None-Match": tag}) == [304] * 20
    assert statuses(client, 4) == [200] * 3 + [429]


def test_processes_count_together(process: Callable[..., TestClient]) -> None:
    """A process owes its last request until it looks again."""
    one, other = process(), process()
    statuses(one, 3)

    assert 429 in statuses(other, 4)


def test_a_read_is_one_round_trip_still(process: Callable[..., TestClient], redis: Redis) -> None:
    counted = Counted(redis)
    client = process(limits="requests=99/60", client=counted)
    before = client.get("/v1/todos")
    counted.trips.clear()
    again = client.get("/v1/todos")

    assert (before.headers["X-Cache"], again.headers["X-Cache"]) == ("miss", "hit")
    assert counted.trips == ["EVAL"]


def test_a_refusal_asks_no_one(process: Callable[..., TestClient], redis: Redis) -> None:
    counted = Counted(redis)
    client = process(client=counted)
    statuses(client, 6)
    counted.trips.clear()

    assert statuses(client, 3) == [429] * 3
    assert counted.trips == []


def test_the_window_ends_by_itself(process: Callable[..., TestClient], redis: Redis) -> None:
    statuses(process(), 8)

    (key,) = redis.keys("*requests")
    assert 0 < redis.pttl(key) <= 60_000


def test_a_server_out_of_memory_is_read_without_counting(
    process: Callable[..., TestClient], redis: Redis
) -> None:
    client = process()
    client.get("/v1/todos")
    redis.config_set("maxmemory", 1)
    try:
        assert statuses(client, 8) == [200] * 8
    finally:
        redis.config_set("maxmemory", 0)


def test_without_a_redis_nothing_is_counted(process: Callable[..., TestClient]) -> None:
    assert statuses(process(client=None), 8) == [200] * 8


def test_it_is_off_unless_it_is_asked_for(process: Callable[..., TestClient], redis: Redis) -> None:
    assert statuses(process(limits=""), 8) == [200] * 8
    assert redis.keys("*requests") == []
