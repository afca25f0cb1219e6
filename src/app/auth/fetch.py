"""One bounded HTTP GET for the key set.

`http.client` rather than `urllib.request`: by itself it follows no redirect, uses no proxy and opens no
`file:`; and its socket is at hand for a limit on the whole exchange, where a time-out bounds only each read.
"""

import socket
from contextlib import closing, suppress
from threading import Event, Timer
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from http.client import HTTPConnection

TIMEOUT = 2.0
"""Seconds to connect, and again for the whole exchange after that."""
MAX_BYTES = 64 * 1024


class FetchError(Exception):
    """The answer is not one to use. The message never holds the answer."""


def get(url: str) -> bytes:
    """The body at `url`.

    Raises:
        FetchError: not http(s), not a 200, longer than `MAX_BYTES`, or not finished in time.
        OSError, http.client.HTTPException: the connection or the protocol failed.
    """
    parts = urlsplit(url)
    with closing(_connection(parts)) as connection:
        connection.connect()
        return _exchange(connection, parts._replace(scheme="", netloc="", fragment="").geturl() or "/")


def _connection(parts: SplitResult) -> "HTTPConnection":
    # Imported on first use: cold starts that verify nothing should not pay for it.
    from http.client import HTTPConnection, HTTPSConnection

    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError("only http and https addresses are fetched")
    connection = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    return connection(parts.hostname, parts.port, timeout=TIMEOUT)


def _exchange(connection: "HTTPConnection", target: str) -> bytes:
    expired = Event()
    peer = connection.sock

    def expire() -> None:
        expired.set()
        with suppress(OSError):  # closed already: the exchange ended just now
            # Not SSLSocket.shutdown, which takes the TLS state away from the thread that reads.
            socket.socket.shutdown(peer, socket.SHUT_RDWR)

    limit = Timer(TIMEOUT, expire)
    limit.daemon = True
    limit.start()
    try:
        body = _body(connection, target)
    finally:
        limit.cancel()
    if expired.is_set():
        raise FetchError("the answer took too long")
    return body


def _body(connection: "HTTPConnection", target: str) -> bytes:
    connection.request("GET", target, headers={"Accept": "application/json", "Connection": "close"})
    response = connection.getresponse()
    if response.status != 200:
        raise FetchError(f"status {response.status}")
    body = response.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise FetchError("the answer is too long")
    return body
