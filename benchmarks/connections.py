"""One process of uvicorn with 1 to 256 connections, over a real Valkey and a stand-in of DynamoDB.

    python -m benchmarks.connections [--connections 1 64] [--seconds 2] [--rounds 5]

Ours beside C, the naive FastAPI build, in rounds that take turns. The client is `client.py`.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from http.client import HTTPConnection
from typing import Any

from redis import Redis

from benchmarks.bench import ROOT, Peer, Results, Services, interleaved, peers, progress, services
from support.ports import free_port
from support.processes import wait_until

CONNECTIONS = (1, 4, 16, 64, 256)
OPERATIONS = ("list, cached", "list, not cached", "create")
ROUNDS = 7
SECONDS = 2.0
USERS = 2000
"""More than are asked for in a round, so that a list that is not to be cached is none that was read before."""
APPS = {"C": "naive:app", "ours": "app.main:app"}


@contextmanager
def _serving(app: str, peer: Peer, service: Services) -> Iterator[int]:
    port = free_port()
    command = [
        peer.python,
        "-m",
        "uvicorn",
        app,
        "--port",
        str(port),
        "--no-access-log",
        "--log-level",
        "warning",
    ]
    process = subprocess.Popen(
        command,
        env=service.environment(peer, cached=True),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert wait_until(lambda: _status(port, service.tokens[0]) == 200, 60), f"{app} does not start"
        yield port
    finally:
        process.terminate()
        process.wait()


def _status(port: int, token: str) -> int | None:
    with suppress(OSError):
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/v1/todos", headers={"Authorization": f"Bearer {token}"})
        return connection.getresponse().status
    return None


def _load(port: int, operation: str, connections: int, seconds: float, service: Services) -> dict[str, Any]:
    Redis(port=service.redis_port).flushall()
    _status(port, service.tokens[0])
    given = {
        "port": port,
        "operation": operation,
        "connections": connections,
        "seconds": seconds,
        "warm_up": seconds / 2,
        "tokens": service.tokens,
    }
    command = [sys.executable, "-m", "benchmarks.client"]
    done = subprocess.run(
        command, cwd=ROOT, input=json.dumps(given), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def measure(
    connections: Sequence[int] = CONNECTIONS, seconds: float = SECONDS, rounds: int = ROUNDS
) -> Results:
    """For each operation and number of connections, what `client.py` saw of each peer in each round."""
    compared = peers()
    with (
        services(USERS) as service,
        _serving(APPS["C"], compared["C"], service) as naive,
        _serving(APPS["ours"], compared["ours"], service) as ours,
    ):
        found: Results = {}
        for operation in OPERATIONS:
            found[operation] = {}
            for number in connections:
                progress(f"{operation}, {number} connections")
                loads = {
                    name: partial(_load, port, operation, number, seconds, service)
                    for name, port in (("C", naive), ("ours", ours))
                }
                found[operation][str(number)] = interleaved(loads, rounds)
        return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--connections", type=int, nargs="+", default=CONNECTIONS)
    arguments.add_argument("--seconds", type=float, default=SECONDS)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    found = measure(**vars(arguments.parse_args()))
    for operation, numbers in found.items():
        for number, names in numbers.items():
            for name, rounds in names.items():
                print(operation, number, name, rounds)


if __name__ == "__main__":
    main()
