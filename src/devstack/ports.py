"""TCP ports of 127.0.0.1."""

import http.client
import random
import socket
from collections.abc import Mapping
from contextlib import closing

from project.errors import StackError

HOST = "127.0.0.1"
_UNPRIVILEGED = 8080
"""For those below 1024, which only root may use, and their neighbours, too."""
_AUTOMATIC = range(20_000, 32_000)
"""Below the ports that the kernel hands to outgoing connections, so that none of those takes ours."""


def bind(port: int, *, variable: str) -> socket.socket:
    """A socket bound to `port`, not yet listening.

    Raises:
        StackError: the port is taken. The message names `variable`, which chooses another.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        _refuse_answering(port)
        bound.bind((HOST, port))
    except OSError as error:
        bound.close()
        refused = isinstance(error, PermissionError)
        reason, other = ("may not be used", _UNPRIVILEGED) if refused else ("is taken", port + 1)
        raise StackError(f"Port {port} {reason}. Choose another: {variable}={other} make run") from error
    return bound


def check_free(port: int, *, variable: str) -> None:
    """Raises:
    StackError: as `bind`, when the port is taken.
    """
    bind(port, variable=variable).close()


def free_port(preferred: int | None = None) -> int:
    """`preferred` when it is free, else another that is."""
    if preferred is not None and _is_free(preferred):
        return preferred
    for port in random.sample(_AUTOMATIC, 100):
        if _is_free(port):
            return port
    raise StackError("No free port was found")


def serves(port: int, path: str, headers: Mapping[str, str] | None = None) -> bool:
    """Return whether a `GET` of `path` is answered with 200, within a second."""
    with closing(http.client.HTTPConnection(HOST, port, timeout=1)) as connection:
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def _is_free(port: int) -> bool:
    try:
        check_free(port, variable="")
    except StackError:
        return False
    return True


def _refuse_answering(port: int) -> None:
    """macOS lets one bind 127.0.0.1 beside a server on 0.0.0.0: ask whether anybody answers, too."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        if probe.connect_ex((HOST, port)) == 0:
            raise OSError("in use")
