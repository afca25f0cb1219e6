"""TCP ports of the loopback addresses: 127.0.0.1, and `::1` where the machine has IPv6."""

import http.client
import random
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager

from project.errors import StackError

HOST = "127.0.0.1"
HOST_V6 = "::1"
FAMILIES = {HOST: socket.AF_INET, HOST_V6: socket.AF_INET6}
_UNPRIVILEGED = 8080
"""Suggested instead of ports below 1024, which only root may use."""
_LAST = 65_535
_AUTOMATIC = range(20_000, 32_000)
"""Below the ports that the kernel hands to outgoing connections, so that none of those takes ours."""


@contextmanager
def bind(port: int, *, variable: str) -> Iterator[list[socket.socket]]:
    """Sockets bound to `port` on each loopback address, not yet listening. They are closed on exit.

    Raises:
        StackError: the port is taken on one of them. The message names `variable`, which chooses another.
    """
    with ExitStack() as held:
        try:
            bound = [held.enter_context(_bound(address, port)) for address in addresses()]
        except OSError as error:
            raise StackError(_refusal(port, variable, error)) from error
        yield bound


def addresses() -> list[str]:
    """The loopback addresses of this machine."""
    return [HOST, HOST_V6] if _has_v6() else [HOST]


def authority(host: str, port: int) -> str:
    """As in a URL: an IPv6 address is in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check_free(port: int, *, variable: str) -> None:
    """Raises:
    StackError: as `bind`, when the port is taken.
    """
    with bind(port, variable=variable):
        pass


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


def _has_v6() -> bool:
    """Return whether the kernel has IPv6 and the loopback device its address."""
    if not socket.has_ipv6:
        return False
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind((HOST_V6, 0))
    except OSError:
        return False
    return True


def _bound(address: str, port: int) -> socket.socket:
    bound = socket.socket(FAMILIES[address], socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        _refuse_answering(address, port)
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    return bound


def _refusal(port: int, variable: str, error: OSError) -> str:
    if isinstance(error, PermissionError):
        reason, other = "may not be used", _UNPRIVILEGED
    else:
        reason, other = "is taken", port + 1 if port < _LAST else _UNPRIVILEGED
    return f"Port {port} {reason}. Choose another: {variable}={other} make run"


def _is_free(port: int) -> bool:
    try:
        check_free(port, variable="")
    except StackError:
        return False
    return True


def _refuse_answering(address: str, port: int) -> None:
    """macOS lets one bind a loopback address beside a server on all addresses: ask whether it answers, too."""
    with socket.socket(FAMILIES[address], socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        if probe.connect_ex((address, port)) == 0:
            raise OSError("in use")
